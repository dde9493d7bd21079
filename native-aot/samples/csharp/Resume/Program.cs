// Trains a small network, and saves a checkpoint every few steps. Started again after it was killed, it goes on from the last one, and ends
// with the same bits as a run that never stopped: with another instruction set (FASTADAM_ISA) and another number of threads, too.
//
//     dotnet run -c Release --project native-aot/samples/csharp/Resume -- run.safetensors [steps] [threads]
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FastAdam;

const int SaveEvery = 5;
const int Inputs = 16;
const int Hidden = 300;
const int Batch = 8;
const int Warmup = 10;

int steps = 200;
int threads = 0;
if (args.Length is < 1 or > 3
    || (args.Length > 1 && !int.TryParse(args[1], CultureInfo.InvariantCulture, out steps))
    || (args.Length > 2 && !int.TryParse(args[2], CultureInfo.InvariantCulture, out threads))
    || steps <= Warmup || threads < 0)
{
    Console.Error.WriteLine($"usage: Resume FILE [STEPS, more than {Warmup}] [THREADS]");
    return 2;
}

string path = args[0];

var start = new Random(1);
float[] hidden = [.. Enumerable.Range(0, Hidden * Inputs).Select(_ => (start.NextSingle() - 0.5f) / 2)];
float[] output = [.. Enumerable.Range(0, Hidden).Select(_ => (start.NextSingle() - 0.5f) / 8)];
float[] hiddenGradients = new float[hidden.Length];
float[] outputGradients = new float[output.Length];

// The hidden layer's moments are in 8 bits; those of the small output layer stay in single precision.
using var optimizer = new StatefulOptimizer(ParameterGroup.AdamW)
{
    StateStorage = StateStorage.Block8,
    Options = new StepOptions { MaxGradientNorm = 1, Threads = threads },
};
OptimizerParameter layer = optimizer.Add(hidden, hiddenGradients);
layer.Shape = [Hidden, Inputs];
optimizer.Add(output, outputGradients, optimizer.AddGroup(ParameterGroup.Lion with { LearningRate = 1e-3 }));
string[] names = ["hidden", "output"];

if (File.Exists(path))
{
    Checkpoint.Load(path, optimizer, names);
    Console.WriteLine($"goes on after step {layer.Step}");
}

while (layer.Step < steps)
{
    long step = layer.Step;
    optimizer[0] = optimizer[0] with { LearningRate = LearningRates.WarmupCosine(0.01, step, Warmup, steps) };
    optimizer.ZeroGradients();
    float loss = Backpropagate(step);
    optimizer.Step();
    if (layer.Step % SaveEvery == 0)
    {
        Checkpoint.Save(path, optimizer, names);
        Console.WriteLine($"saved after step {layer.Step}, loss {loss:f4}");
    }
}

byte[] bits = [.. MemoryMarshal.AsBytes(hidden.AsSpan()), .. MemoryMarshal.AsBytes(output.AsSpan())];
Console.WriteLine($"ended with {Convert.ToHexString(SHA256.HashData(bits))}");
return 0;

// The mini-batch is drawn from the number of the step alone, so that no random generator needs to be saved.
float Backpropagate(long step)
{
    var random = new Random((int)step);
    Span<float> input = stackalloc float[Inputs];
    Span<float> active = stackalloc float[Hidden];
    float loss = 0;
    for (int example = 0; example < Batch; example++)
    {
        float target = 0;
        foreach (ref float each in input)
        {
            each = random.NextSingle() - 0.5f;
            target += each * each;
        }

        float answer = 0;
        for (int unit = 0; unit < Hidden; unit++)
        {
            float sum = 0;
            for (int i = 0; i < Inputs; i++)
            {
                sum += hidden[(unit * Inputs) + i] * input[i];
            }

            active[unit] = Math.Max(sum, 0);
            answer += output[unit] * active[unit];
        }

        float error = (answer - target) / Batch;
        loss += error * error * Batch;
        for (int unit = 0; unit < Hidden; unit++)
        {
            outputGradients[unit] += error * active[unit];
            if (active[unit] > 0)
            {
                for (int i = 0; i < Inputs; i++)
                {
                    hiddenGradients[(unit * Inputs) + i] += error * output[unit] * input[i];
                }
            }
        }
    }

    return loss;
}
