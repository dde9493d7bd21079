using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>The NuGet package as somebody installs it, trains with it and publishes.</summary>
public sealed partial class NuGetTests(ITestOutputHelper output)
{
    private const string WarningCode = "FASTADAM001";

    /// <summary>Finds the weights of a linear model from examples, and says how far off they are, their bits, and what computed them.
    /// 67 weights are whole vectors and a tail for every instruction set.</summary>
    private const string Training = """
        using FastAdam;

        namespace Training;

        public static class Model
        {
            public static void Train()
            {
                const int Count = 67;
                const int Steps = 1000;
                var random = new Random(1);
                float[] wanted = Draw();
                float[] weights = new float[Count];
                float[] gradients = new float[Count];
                using var optimizer = new StatefulOptimizer(ParameterGroup.AdamW with { WeightDecay = 0 });
                optimizer.Add(weights, gradients);
                for (int step = 0; step < Steps; step++)
                {
                    optimizer.ZeroGradients();
                    for (int example = 0; example < 8; example++)
                    {
                        float[] input = Draw();
                        float error = 0;
                        for (int i = 0; i < Count; i++)
                        {
                            error += (weights[i] - wanted[i]) * input[i];
                        }

                        for (int i = 0; i < Count; i++)
                        {
                            gradients[i] += error * input[i];
                        }
                    }

                    optimizer[0] = optimizer[0] with { LearningRate = LearningRates.WarmupCosine(0.02, step, 10, Steps) };
                    optimizer.Step();
                }

                uint bits = weights.Aggregate(17u, (hash, weight) => unchecked((hash * 31) + BitConverter.SingleToUInt32Bits(weight)));
                Console.WriteLine($"largest error {weights.Zip(wanted, (weight, w) => Math.Abs(weight - w)).Max():f3}");
                Console.WriteLine($"bits {bits:X8}");
                Console.WriteLine($"computed by {InstructionSets.Current}");

                float[] Draw() => [.. Enumerable.Range(0, Count).Select(_ => random.NextSingle() - 0.5f)];
            }
        }
        """;

    private const string Trained = "largest error 0.000\nbits A2624CA2\ncomputed by ";

    private static string Widest =>
        Avx512BW.VL.IsSupported && Avx512DQ.IsSupported ? "Avx512" : Avx2.IsSupported && Fma.IsSupported ? "Avx2" : "Scalar";

    [Fact]
    public void A_model_is_trained_from_an_empty_folder()
    {
        using var user = new DotNetUser();
        var time = Stopwatch.StartNew();
        user.Run("new", "console", "--output", "Trial");
        user.Run("add", "Trial", "package", "FastAdam");
        user.Write("Trial/Model.cs", Training);
        user.Write("Trial/Program.cs", "Training.Model.Train();");
        string run = user.Run("run", "--project", "Trial");
        output.WriteLine($"from an empty folder to a trained model: {time.Elapsed.TotalSeconds:f1} s");
        Assert.True(Directory.Exists(user.InstalledPackage), $"FastAdam is not from the release: {user.InstalledPackage} is missing");
        Assert.Equal($"{Trained}{Widest}\n", run);

        user.Run("publish", "Trial", "--output", "published");
        Assert.Equal($"{Trained}{Widest}\n", user.Start("published/Trial"));
    }

    [Fact]
    public void NativeAOT_warns_of_lost_kernels_and_says_how_to_have_them()
    {
        // The program knows of FastAdam through a library alone.
        using var user = new DotNetUser();
        user.Run("new", "classlib", "--output", "Training");
        user.Run("add", "Training", "package", "FastAdam");
        user.Write("Training/Class1.cs", Training);
        user.Run("new", "console", "--aot", "--output", "Trial");
        user.Run("add", "Trial", "reference", "Training");
        user.Write("Trial/Program.cs", "Training.Model.Train();");

        Assert.DoesNotContain(WarningCode, user.Run("build", "Trial", "-c", "Release"), StringComparison.Ordinal);

        string published = user.Run("publish", "Trial", "--output", "scalar");
        Match warning = Assert.Single(Warning().Matches(published).DistinctBy(match => match.Value));
        Assert.EndsWith("Trial.csproj", warning.Groups["project"].Value, StringComparison.Ordinal);
        Assert.Equal($"{Trained}Scalar\n", user.Start("scalar/Trial"));

        string line = AdvisedLine().Match(warning.Value).Value;
        Assert.NotEmpty(line);
        string project = user.Read("Trial/Trial.csproj");
        user.Write("Trial/Trial.csproj", project.Replace("</PropertyGroup>", $"{line}</PropertyGroup>", StringComparison.Ordinal));
        Assert.DoesNotContain(WarningCode, user.Run("publish", "Trial", "--output", "vectors"), StringComparison.Ordinal);
        Assert.SkipUnless(Avx2.IsSupported, "This CPU has no AVX2.");
        Assert.Equal($"{Trained}Avx2\n", user.Start("vectors/Trial"));
    }

    [Fact]
    public void NativeAOT_warning_comes_only_where_kernels_are_lost()
    {
        (string Properties, bool Warns)[] cases =
        [
            ("PublishAot=true;RuntimeIdentifier=linux-x64", true),
            ("PublishAot=true;RuntimeIdentifier=win-x64", true),
            ("PublishAot=true;RuntimeIdentifier=linux-arm64", false),
            ("PublishAot=true", false),
            ("RuntimeIdentifier=linux-x64", false),
            ("PublishAot=true;RuntimeIdentifier=linux-x64;FastAdamAotWarning=false", false),
            ("PublishAot=true;RuntimeIdentifier=linux-x64;NoWarn=FASTADAM001", false),
            .. (IEnumerable<(string, bool)>)[.. InstructionSetNames.Select(
                name => ($"PublishAot=true;RuntimeIdentifier=linux-x64;IlcInstructionSet={name.Key}", !name.Value))],
        ];
        using var user = new DotNetUser();
        user.Run("new", "console", "--output", "Trial");
        user.Run("add", "Trial", "package", "FastAdam");
        user.Write("Ask.proj", $"""
            <Project>
              <ItemGroup>
                {string.Concat(cases.Select((each, i) => $"""<Case Include="{i}" Given="{each.Properties}" />"""))}
              </ItemGroup>
              <Target Name="Ask" Outputs="%(Case.Identity)">
                <Message Importance="high" Text="case %(Case.Identity):" />
                <MSBuild Projects="Trial/Trial.csproj" Targets="FastAdamCheckInstructionSet" Properties="%(Case.Given)" />
              </Target>
            </Project>
            """);
        string[] answers = CaseMark().Split(user.Run("msbuild", "Ask.proj", "-nologo", "-m:1", "-v:minimal", "-tl:off"))[1..];
        Assert.Equal(cases.Length, answers.Length);
        Assert.All(cases.Zip(answers), pair => Assert.True(
            pair.Second.Contains(WarningCode, StringComparison.Ordinal) == pair.First.Warns,
            $"with {pair.First.Properties} a warning was {(pair.First.Warns ? "" : "not ")}expected, but there was: {pair.Second}"));
    }

    /// <summary>Values of IlcInstructionSet, and whether they include AVX, as ilc 10.0.12 compiles them.</summary>
    private static Dictionary<string, bool> InstructionSetNames => new()
    {
        ["native"] = true,
        ["x86-64"] = false,
        ["x86-64-v2"] = false,
        ["x86-64-v3"] = true,
        ["x86-64-v4"] = true,
        ["sse4.2"] = false,
        ["avx"] = true,
        ["avx2"] = true,
        ["avx512"] = true,
        ["sse4.2, avx2"] = true,
        ["+avx2"] = true,
        ["-avx2"] = false,
        ["aes"] = false,
        ["aes_v256"] = true,
    };

    [GeneratedRegex(@"warning FASTADAM001: (?<text>.*) \[(?<project>.*)\]")]
    private static partial Regex Warning();

    [GeneratedRegex("<IlcInstructionSet>.*</IlcInstructionSet>")]
    private static partial Regex AdvisedLine();

    [GeneratedRegex(@"case \d+:")]
    private static partial Regex CaseMark();
}
