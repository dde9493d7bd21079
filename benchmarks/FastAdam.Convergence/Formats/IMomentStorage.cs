namespace FastAdam.Convergence.Formats;

/// <summary>One moment of one tensor, as a format stores it. It is zero at first.</summary>
internal interface IMomentStorage : IDisposable
{
    /// <summary>The array that a step updates.</summary>
    TensorArray Array { get; }

    /// <summary>How many bytes are stored.</summary>
    long Bytes { get; }

    /// <summary>Fills the array from what is stored, where it is not that itself.</summary>
    void BeforeStep()
    {
    }

    /// <summary>Stores what a step has left in the array, where it is not stored by that.</summary>
    void AfterStep()
    {
    }
}
