using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace SessionGrains.Browser.Tests.Demo;

/// <summary>Looks at views of a page as different people see them, light and dark, on a desk and on a phone: each fits, shuts nobody out, and leaves a picture.</summary>
internal sealed class Gallery(IPage page)
{
    private static readonly Look[] Looks =
    [
        new("wide-light", ColorScheme.Light, 1180, 900),
        new("wide-dark", ColorScheme.Dark, 1180, 900),
        new("phone-dark", ColorScheme.Dark, 390, 844),
        new("phone-light", ColorScheme.Light, 390, 844),
    ];

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>How many pictures were taken.</summary>
    public int Count { get; private set; }

    /// <summary>Looks at what the page shows now.</summary>
    public Task Show(string view) => Show(view, Looks);

    /// <summary>Looks at what differs from another view by its words only: in one look of each kind.</summary>
    public Task ShowWords(string view) => Show(view, [Looks[0], Looks[2]]);

    /// <summary>What is wrong with what the page shows now.</summary>
    public async Task<string[]> Faults()
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window"))
        {
            // The page's policy for scripts does not hold for the debugger.
            await page.EvaluateAsync(Axe);
        }

        // The frame is the emulator's own page, one pixel large and out of sight.
        return await page.EvaluateAsync<string[]>("""
            async () => {
              const { violations, passes } = await axe.run(document, { iframes: false, resultTypes: ['violations'] });
              const faults = violations.map(({ id, help, nodes }) => `${id}: ${help} at ${nodes.map(({ html }) => html).join(' | ')}`);
              const { scrollWidth } = document.documentElement;
              return [...faults, ...(passes.length ? [] : ['nothing was looked at']), ...(scrollWidth > innerWidth ? [`${scrollWidth} pixels wide`] : [])];
            }
            """);
    }

    private async Task Show(string view, Look[] looks)
    {
        foreach (var look in looks)
        {
            await page.EmulateMediaAsync(new() { ColorScheme = look.Scheme, ReducedMotion = ReducedMotion.Reduce });
            await page.SetViewportSizeAsync(look.Width, look.Height);
            await Pictures.Take(page, $"{view}-{look.Name}");
            Assert.Equal([], (await Faults()).Select(fault => $"{view}-{look.Name}: {fault}"));
            Count++;
        }
    }

    private sealed record Look(string Name, ColorScheme Scheme, int Width, int Height);
}
