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

    /// <summary>Refuses a number that is out of its range.</summary>
    /// <param name="isValid">Whether it is in its range.</param>
    /// <param name="value">The number.</param>
    /// <param name="name">The argument's name.</param>
    /// <param name="range">What it must be, for the end of a sentence.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public static void Require<T>(bool isValid, T value, string name, string range)
    {
        if (!isValid)
        {
            throw OutOfRange(Fault.Hyperparameter, name, value, $"{name} must be {range}.");
        }
    }

    private static T Marked<T>(Fault fault, T exception)
        where T : Exception
    {
        exception.Data[Key] = fault;
        return exception;
    }
}
