using System.Security.Cryptography;
using System.Text;

namespace SessionGrains.Grains.Sideband;

/// <summary>The ids of the items that we put into conversations, at most 32 characters as OpenAI wants them.</summary>
/// <remarks>
/// They follow from what they are for: when two owners of a call say the same, OpenAI refuses the second one's as a duplicate.
/// And from a salt that stays on the server: whoever could guess one could take it first, and so keep an answer from the model.
/// So each owner of a call knows the items of the others, which it must not take for forged: a silo that was frozen, or is cut off
/// from the rest, still listens beside the one that has taken over from it.
/// </remarks>
internal sealed class ItemIds(string salt)
{
    private const string Prefix = "sg_";
    private const int NameLength = 12;
    private const int ProofLength = 16;

    /// <summary>The output of a call.</summary>
    public string OfAnswer(string callId) => Of("answer", callId);

    /// <summary>The output of a call that only says that it waits for approval.</summary>
    public string OfPendingAnswer(string callId) => Of("pending", callId);

    /// <summary>The message with the outcome of a call that had waited for approval.</summary>
    public string OfResult(string callId) => Of("result", callId);

    /// <summary>A message that is said once.</summary>
    public string OfMessage(string key) => Of("message", key);

    /// <summary>Whether an owner of this call made this id: nobody else can, before it was used.</summary>
    public bool Made(string itemId) =>
        itemId.Length == Prefix.Length + NameLength + ProofLength && itemId == WithProof(itemId[Prefix.Length..^ProofLength]);

    private string Of(string kind, string key) => WithProof(Hash($"{kind}\n{key}")[..NameLength]);

    private string WithProof(string name) => $"{Prefix}{name}{Hash($"id\n{name}")[..ProofLength]}";

    private string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{salt}\n{text}")));
}
