namespace SessionGrains;

/// <summary>A grain's method that an API may call. Every other one is for silos alone, and refused to anybody else.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForClientsAttribute : Attribute;

/// <summary>A grain's method beside those for clients that only silos call. It says so where a reader might think otherwise.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForSilosAttribute : Attribute;
