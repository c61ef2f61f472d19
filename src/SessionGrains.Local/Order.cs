namespace SessionGrains.Local;

/// <summary>An order of the sample shop.</summary>
internal sealed record Order(string Number, string Item, string Status, decimal PaidUsd, decimal RefundedUsd = 0)
{
    /// <summary>What may still be paid back.</summary>
    public decimal RefundableUsd => PaidUsd - RefundedUsd;
}
