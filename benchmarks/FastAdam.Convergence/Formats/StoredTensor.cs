namespace FastAdam.Convergence.Formats;

/// <summary>One tensor in a format: its parameters and both moments.</summary>
internal sealed unsafe class StoredTensor(StorageFormat format, int length) : IDisposable
{
    private readonly IParameterStorage _parameters = format.Parameters(length);
    private readonly IMomentStorage _firstMoment = format.Moment(length, false);
    private readonly IMomentStorage _secondMoment = format.Moment(length, true);

    public int Length => length;

    public void Write(ReadOnlySpan<float> parameters) => _parameters.Write(parameters);

    public void Read(Span<float> parameters) => _parameters.Read(parameters);

    public void BeforeStep()
    {
        _firstMoment.BeforeStep();
        _secondMoment.BeforeStep();
    }

    public void AfterStep()
    {
        _firstMoment.AfterStep();
        _secondMoment.AfterStep();
    }

    public OptimizerTensor Tensor(float* gradients) =>
        OptimizerTensor.Create((nuint)length, _parameters.Array, gradients, _firstMoment.Array, _secondMoment.Array);

    public void Dispose()
    {
        _parameters.Dispose();
        _firstMoment.Dispose();
        _secondMoment.Dispose();
    }
}
