namespace FastAdam.Native;

/// <summary>What the managed library's exceptions are in C.</summary>
internal static class Failure
{
    public static Status StatusOf(Exception exception) => exception switch
    {
        ArgumentNullException => Status.Null,
        ArgumentOutOfRangeException outOfRange => StatusOf(outOfRange),
        ArgumentException => Status.Overlap,

        // The work area of a list has no place in the heap's limit.
        OutOfMemoryException => Status.Length,

        // More indices in all tables than can be counted.
        OverflowException => Status.Length,
        _ => Status.Internal,
    };

    private static Status StatusOf(ArgumentOutOfRangeException exception) => exception.ParamName switch
    {
        "step" => Status.Step,
        "length" or "rows" or "count" => Status.Length,
        "indices" => Status.Index,

        // A tensor of a list: its properties are told apart by their types, a momentum product's address among them.
        "tensors" => exception.ActualValue switch
        {
            int => Status.Index,
            long => Status.Step,
            double or nint => Status.Hyperparameter,
            _ => Status.Length,
        },
        // A table of a list, likewise, whose step has been checked.
        "tables" => exception.ActualValue is int or long ? Status.Index : Status.Length,
        _ => Status.Hyperparameter,
    };
}
