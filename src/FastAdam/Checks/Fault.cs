namespace FastAdam.Checks;

/// <summary>What is wrong with an argument. The C library tells them apart by it.</summary>
internal enum Fault
{
    Null,
    StructSize,
    Flags,
    ElementType,
    Length,
    Overlap,
    Hyperparameter,
    Step,
    Threads,
    Unsupported,
    Index,
}

/// <summary>The exceptions of .NET for faults, each of which says which fault it is.</summary>
internal static class Faults
{
    private const string Key = "FastAdam.Fault";

    /// <summary>The fault of an exception; null where it is about none.</summary>
    public static Fault? Of(Exception exception) => exception.Data[Key] as Fault?;

    public static ArgumentOutOfRangeException OutOfRange(Fault fault, string argument, object? value, string message) =>
        Marked(fault, new ArgumentOutOfRangeException(argument, value, message));

    public static ArgumentException Invalid(Fault fault, string argument, string message) =>
        Marked(fault, new ArgumentException(message, argument));

    public static ArgumentNullException Null(string argument) => Marked(Fault.Null, new ArgumentNullException(argument));

    public static ArgumentNullException Null(string argument, string message) =>
        Marked(Fault.Null, new ArgumentNullException(argument, message));

    private static T Marked<T>(Fault fault, T exception)
        where T : Exception
    {
        exception.Data[Key] = fault;
        return exception;
    }
}
