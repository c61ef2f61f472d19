using System.Buffers;
using SessionGrains.Api.ProblemJson;

namespace SessionGrains.Api.Bodies;

/// <summary>Reads request bodies up to what an address takes, whether or not the client said how long they are.</summary>
internal static class BodyBytes
{
    public const int LargestJson = 64 * 1024;
    public const int LargestOffer = 256 * 1024;

    /// <summary>The whole body; null when it is larger than allowed.</summary>
    public static async Task<byte[]?> ReadUpTo(HttpRequest request, int limit)
    {
        if (request.ContentLength > limit)
        {
            return null;
        }

        using var body = new MemoryStream();
        var chunk = ArrayPool<byte>.Shared.Rent(8 * 1024);
        try
        {
            int count;
            while ((count = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0)
            {
                if (body.Length + count > limit)
                {
                    return null;
                }

                body.Write(chunk, 0, count);
            }

            return body.ToArray();
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    public static Problem TooLarge(int limit) => new(Problems.PayloadTooLarge, $"This address takes a body of at most {limit / 1024} KiB.");
}
