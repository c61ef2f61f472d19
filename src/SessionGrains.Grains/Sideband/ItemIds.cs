using System.Security.Cryptography;
using System.Text;

namespace SessionGrains.Grains.Sideband;

/// <summary>The ids of the items that we put into conversations, at most 32 characters as OpenAI wants them.</summary>
/// <remarks>
/// They follow from what they are for: when two owners of a call say the same, OpenAI refuses the second one's as a duplicate.
/// And from a salt that stays on the server: whoever could guess one could take it first, and so keep an answer from the model.
/// </remarks>
internal sealed class ItemIds(string salt)
{
    private const string Prefix = "sg_";
    private const int HexLength = 28;
    private const int TermLength = 6;
    private const int ProbeLength = 14;

    /// <summary>The output of a call.</summary>
    public string OfAnswer(string callId) => Of("answer", callId);

    /// <summary>The output of a call that only says that it waits for approval.</summary>
    public string OfPendingAnswer(string callId) => Of("pending", callId);

    /// <summary>The message with the outcome of a call that had waited for approval.</summary>
    public string OfResult(string callId) => Of("result", callId);

    /// <summary>A message that is said once.</summary>
    public string OfMessage(string key) => Of("message", key);

    /// <summary>A probe of an owner. From it the other owners of the call know whose term it is of.</summary>
    public string OfProbe(int term, string key) => Proven($"{term:x6}{Hash("probe", key)[..(ProbeLength - TermLength)]}");

    /// <summary>The term of the owner whose probe this is; null where no owner made it.</summary>
    public int? TermOf(string itemId) =>
        itemId.Length == Prefix.Length + HexLength && itemId[Prefix.Length..][..ProbeLength] is var named && Proven(named) == itemId
            ? Convert.ToInt32(named[..TermLength], 16)
            : null;

    private string Of(string kind, string key) => Prefix + Hash(kind, key)[..HexLength];

    private string Proven(string named) => $"{Prefix}{named}{Hash("proof", named)[..(HexLength - ProbeLength)]}";

    private string Hash(string kind, string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{salt}\n{kind}\n{key}")));
}
