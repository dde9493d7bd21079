using FastAdam.Convergence.Tasks;

namespace FastAdam.Convergence.Formats;

/// <summary>Trains for a task with a format.</summary>
internal static unsafe class FormatTraining
{
    public static FormatResult Run(ITrainingTask task, double learningRate, StorageFormat format, int seed)
    {
        ILearner learner = task.Start(seed);
        StoredTensor[] tensors = [.. learner.TensorLengths.Select(length => new StoredTensor(format, length))];
        float[] parameters = new float[learner.InitialParameters.Length];
        using var gradients = new AlignedBuffer<float>(parameters.Length, threads: 1);
        ForEach((tensor, start) => tensor.Write(learner.InitialParameters.Slice(start, tensor.Length)));

        var steps = new OptimizerTensor[tensors.Length];
        float* firstGradient = gradients.Pointer;
        int index = 0;
        ForEach((tensor, start) => steps[index++] = tensor.Tensor(firstGradient + start));

        ParameterGroup group = ParameterGroup.AdamW with { LearningRate = learningRate };
        StepOptions options = new() { Threads = 1, Seed = (ulong)seed };
        for (int step = 1; step <= task.Steps; step++)
        {
            Read();
            learner.Backpropagate(parameters, gradients.Span);
            ForEach((tensor, _) => tensor.BeforeStep());
            Optimizer.Step(steps, [group], step, options);
            ForEach((tensor, _) => tensor.AfterStep());
        }

        Read();
        double loss = learner.HeldOutLoss(parameters);
        ForEach((tensor, _) => tensor.Dispose());
        return new FormatResult(task, learningRate, format, seed, loss);

        void Read() => ForEach((tensor, start) => tensor.Read(parameters.AsSpan(start, tensor.Length)));

        void ForEach(Action<StoredTensor, int> action)
        {
            int start = 0;
            foreach (StoredTensor tensor in tensors)
            {
                action(tensor, start);
                start += tensor.Length;
            }
        }
    }
}
