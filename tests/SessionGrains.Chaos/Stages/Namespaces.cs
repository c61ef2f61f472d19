using System.Net;

namespace SessionGrains.Chaos.Stages;

/// <summary>Network namespaces, one per silo, each joined to this machine by a cable of its own and to the others through it. Needs root.</summary>
internal sealed class Namespaces : IAsyncDisposable
{
    // A number of this process, so that two runs on one machine do not meet.
    private readonly int run = Environment.ProcessId % 200;
    private readonly List<int> made = [];

    /// <summary>The silo's end of a cable.</summary>
    public IPAddress Inside(int number) => IPAddress.Parse($"10.{run + 20}.{number}.2");

    /// <summary>This machine's end of it.</summary>
    public IPAddress Outside(int number) => IPAddress.Parse($"10.{run + 20}.{number}.1");

    /// <summary>Words that run a command inside.</summary>
    public string[] Within(int number) => ["ip", "netns", "exec", Name(number)];

    public async Task Add(int number)
    {
        var (name, near, far) = (Name(number), $"sgn{run}x{number}", $"sgf{run}x{number}");
        await Shell.Run("ip", "netns", "add", name);
        made.Add(number);
        await Shell.Run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name);
        await Shell.Run("ip", "addr", "add", $"{Outside(number)}/24", "dev", near);
        await Shell.Run("ip", "link", "set", near, "up");
        await Shell.Run([.. Within(number), "ip", "addr", "add", $"{Inside(number)}/24", "dev", far]);
        await Shell.Run([.. Within(number), "ip", "link", "set", far, "up"]);
        await Shell.Run([.. Within(number), "ip", "link", "set", "lo", "up"]);
        await Shell.Run([.. Within(number), "ip", "route", "add", "default", "via", $"{Outside(number)}"]);
        await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{near}/forwarding", "1");
    }

    /// <summary>What goes from one to another is lost on this machine, and nobody is told.</summary>
    public async Task Cut(int number)
    {
        foreach (var other in made.Where(other => other != number))
        {
            await Shell.Run("ip", "rule", "add", "pref", "10", "iif", $"sgn{run}x{number}", "to", $"{Inside(other)}", "blackhole");
            await Shell.Run("ip", "rule", "add", "pref", "10", "iif", $"sgn{run}x{other}", "to", $"{Inside(number)}", "blackhole");
        }
    }

    public async Task Mend(int number)
    {
        foreach (var other in made.Where(other => other != number))
        {
            await Shell.Run("ip", "rule", "del", "pref", "10", "iif", $"sgn{run}x{number}", "to", $"{Inside(other)}", "blackhole");
            await Shell.Run("ip", "rule", "del", "pref", "10", "iif", $"sgn{run}x{other}", "to", $"{Inside(number)}", "blackhole");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var number in made)
        {
            await Shell.Run("ip", "netns", "del", Name(number));
        }
    }

    private string Name(int number) => $"sessiongrains-{run}-{number}";
}
