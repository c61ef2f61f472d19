using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SessionGrains.Api.Tests;

/// <summary>Keeps every line that the host under test logs, exceptions and all.</summary>
internal sealed class ListLog(ConcurrentQueue<string> lines, Action<string> onLine) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Category(lines, onLine, categoryName);

    public void Dispose()
    {
    }

    private sealed class Category(ConcurrentQueue<string> lines, Action<string> onLine, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lines.Enqueue($"{name} scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = formatter(state, exception);
            lines.Enqueue($"{logLevel} {name}[{eventId.Id}] {line} {exception}");
            onLine(line);
        }
    }
}
