using FastAdam.Convergence.Tasks;

namespace FastAdam.Convergence.Formats;

/// <summary>Trains for a task with a format.</summary>
internal static unsafe class FormatTraining
{
    public static FormatResult Run(ITrainingTask task, double learningRate, StorageFormat format, int seed)
    {
        ILearner learner = task.Start(seed);
        float[] parameters = new float[learner.InitialParameters.Length];
        using var gradients = new AlignedBuffer<float>(parameters.Length, threads: 1);
        using var optimizer = new StatefulOptimizer(ParameterGroup.AdamW with { LearningRate = learningRate })
        {
            StateStorage = format.State,
            Options = new StepOptions { Threads = 1, Seed = (ulong)seed },
        };
        var tensors = new List<(IParameterStorage Storage, Range Range)>();
        var moments = new List<Dynamic8Moment>();
        int start = 0;
        foreach (int length in learner.TensorLengths)
        {
            IParameterStorage storage = format.Parameters(length);
            Range range = start..(start + length);
            storage.Write(learner.InitialParameters[range]);
            OptimizerParameter parameter = optimizer.Add(
                (nuint)length, storage.Array, gradients.Pointer + start, owners: [storage]);
            tensors.Add((storage, range));
            if (format.IsDynamic8 && parameter.Length >= optimizer.MinBlock8Length)
            {
                parameter.MakeState();
                moments.AddRange(parameter.State.Select(state => new Dynamic8Moment(state, length)));
            }

            start += length;
        }

        for (int step = 1; step <= task.Steps; step++)
        {
            Read();
            learner.Backpropagate(parameters, gradients.Span);
            moments.ForEach(moment => moment.BeforeStep());
            optimizer.Step();
            moments.ForEach(moment => moment.AfterStep());
        }

        Read();
        return new FormatResult(task, learningRate, format, seed, learner.HeldOutLoss(parameters));

        void Read() => tensors.ForEach(tensor => tensor.Storage.Read(parameters.AsSpan(tensor.Range)));
    }
}
