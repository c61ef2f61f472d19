using System.Globalization;
using SessionGrains.Tools.Running;

namespace SessionGrains.Local;

/// <summary>A small shop in memory: something to look up and to pay back for the sample tools.</summary>
internal sealed class Shop
{
    private readonly Lock turn = new();

    private readonly Dictionary<string, Order> orders = new Order[]
    {
        new("1", "a wool blanket", "being packed", 79.00m),
        new("2", "two reading lamps", "delivered", 58.50m),
        new("3", "a tea pot", "cancelled", 24.90m, RefundedUsd: 24.90m),
        new("42", "a blue bicycle helmet", "shipped", 129.90m),
        new("43", "a pair of hiking boots", "shipped", 189.00m),
    }.ToDictionary(order => order.Number);

    private readonly Dictionary<string, string> refunds = [];

    public Order this[string number]
    {
        get
        {
            lock (turn)
            {
                return orders[number];
            }
        }
    }

    /// <summary>What is known of an order, in words for the model.</summary>
    public string LookUp(string number)
    {
        lock (turn)
        {
            return orders.TryGetValue(number, out var order)
                ? string.Create(CultureInfo.InvariantCulture, $"Order {order.Number}: {order.Item}, {order.Status}; {order.PaidUsd:F2} USD paid, {order.RefundedUsd:F2} USD refunded.")
                : Unknown(number);
        }
    }

    /// <summary>Pays an amount back. The same key pays once, and gets the same answer again.</summary>
    /// <exception cref="ToolFailedException">There is no such order, or less of it is left to refund; nothing was paid.</exception>
    public string Refund(string idempotencyKey, string number, decimal amountUsd)
    {
        lock (turn)
        {
            if (refunds.TryGetValue(idempotencyKey, out var done))
            {
                return done;
            }

            if (!orders.TryGetValue(number, out var order))
            {
                throw new ToolFailedException(Unknown(number));
            }

            if (amountUsd > order.RefundableUsd)
            {
                throw new ToolFailedException(
                    string.Create(CultureInfo.InvariantCulture, $"Nothing was refunded: {order.RefundableUsd:F2} USD of order {number} are left to refund, not {amountUsd:F2}."));
            }

            orders[number] = order with { RefundedUsd = order.RefundedUsd + amountUsd };
            return refunds[idempotencyKey] = string.Create(CultureInfo.InvariantCulture, $"Refunded {amountUsd:F2} USD of order {number}.");
        }
    }

    private string Unknown(string number) => $"There is no order {number}. This sample shop has the orders {string.Join(", ", orders.Keys)}: ask for the number again.";
}
