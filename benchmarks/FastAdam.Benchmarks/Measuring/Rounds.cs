using System.Diagnostics;
using System.Globalization;
using FastAdam.Benchmarks.Cases;
using FastAdam.Benchmarks.Contenders;

namespace FastAdam.Benchmarks.Measuring;

/// <summary>
/// Measures kernels side by side: in every round each has a turn, in an order drawn anew, so that whatever slows the machine down
/// for a while slows all of them down. A turn begins with a call that is not timed, which brings caches, clocks and threads into
/// the state that they have when a program steps again and again.
/// </summary>
internal sealed class Rounds(Field field, RoundSettings settings)
{
    /// <summary>A turn takes at least this long, by repeated calls.</summary>
    private static readonly TimeSpan _turn = TimeSpan.FromMicroseconds(100);

    private const int MostCalls = 4096;
    private const int Seed = 1;

    private readonly HashSet<DType> _warm = [];

    /// <summary>Measures the cases of a scenario in the same rounds.</summary>
    /// <param name="scenario">What to measure.</param>
    /// <param name="begin">Hears of each phase when it begins.</param>
    public Result Measure(Scenario scenario, Action<string> begin)
    {
        foreach (Case measured in scenario.Cases.Where(measured => _warm.Add(measured.DType)))
        {
            begin($"warming up {measured.DType.Name}");
            WarmUp(measured.DType);
        }

        List<Entrant> entrants = [];
        try
        {
            foreach (Case measured in scenario.Cases)
            {
                foreach (Kernel kernel in Enum.GetValues<Kernel>().Where(kernel => field.TakesPart(kernel, measured)))
                {
                    begin($"filling the arrays of {KernelNames.Of(kernel)}");
                    entrants.Add(new Entrant(measured, kernel, field.Create(kernel, measured)));
                    entrants[^1].MakeStepsBefore();
                }
            }

            Measure(entrants, begin);
            return new Result(
                scenario,
                [.. entrants.Select(entrant => new Series(
                    entrant.Case, entrant.Kernel, field.Isa(entrant.Kernel), [.. entrant.Nanoseconds]))]);
        }
        finally
        {
            entrants.ForEach(entrant => entrant.Contender.Dispose());
        }
    }

    /// <summary>Gives the JIT compiler the calls and the time that it wants before it optimises fully.</summary>
    private void WarmUp(DType dtype)
    {
        const int Bursts = 4;
        const int Calls = 100;
        TimeSpan betweenBursts = TimeSpan.FromMilliseconds(150);

        var small = new Case("warm-up", dtype, [1024], Threads: 1);
        var list = small with { Lengths = [512, 512] };
        foreach (Case measured in (Case[])[small, list])
        {
            List<Entrant> entrants =
            [
                .. Enum.GetValues<Kernel>()
                    .Where(kernel => field.TakesPart(kernel, measured))
                    .Select(kernel => new Entrant(measured, kernel, field.Create(kernel, measured))),
            ];
            for (int burst = 0; burst < Bursts && entrants.Count != 0; burst++)
            {
                entrants.ForEach(entrant => entrant.Turn(Calls));
                Thread.Sleep(betweenBursts);
            }

            entrants.ForEach(entrant => entrant.Contender.Dispose());
        }
    }

    private void Measure(List<Entrant> entrants, Action<string> begin)
    {
        begin("calibrating");
        int calls = Calls(entrants[0]);
        var random = new Random(Seed);
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; !settings.IsEnough(round, Stopwatch.GetElapsedTime(start)); round++)
        {
            begin(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}"));
            Entrant[] order = [.. entrants];
            random.Shuffle(order);
            foreach (Entrant entrant in order)
            {
                if (round < Field.MostRounds(entrant.Kernel))
                {
                    entrant.Nanoseconds.Add(entrant.Turn(calls));
                }
            }
        }
    }

    /// <summary>The calls of a turn of every kernel, so that one of the fastest takes long enough for the clock.</summary>
    private static int Calls(Entrant entrant)
    {
        int calls = 1;
        while (calls < MostCalls && entrant.Turn(calls) * calls < _turn.TotalNanoseconds)
        {
            calls *= 2;
        }

        return calls;
    }
}
