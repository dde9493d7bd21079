namespace FastAdam.Checks;

/// <summary>An item of a list that came as an argument, for the errors about it.</summary>
/// <param name="Argument">The argument's name.</param>
/// <param name="Index">The item's index; -1 where the argument is the item.</param>
internal readonly record struct Item(string Argument, int Index = -1)
{
    /// <summary>What a message about it begins with.</summary>
    public string Prefix => Index < 0 ? "" : $"{Argument}[{Index}]: ";

    public ArgumentOutOfRangeException OutOfRange(Fault fault, object? value, string message) =>
        Faults.OutOfRange(fault, Argument, value, Prefix + message);

    public ArgumentNullException Null(string message) => Faults.Null(Argument, Prefix + message);
}
