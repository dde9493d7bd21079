using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FastAdam.Tests.Support;

/// <summary>A process of this program that saves checkpoints instead of running tests.</summary>
internal static unsafe class SavingProcess
{
    private const string PathVariable = "FASTADAM_TEST_SAVE_TO";
    private const string BytesVariable = "FASTADAM_TEST_SAVE_BYTES";
    // Milliseconds, for a process whose parent is gone.
    private const int LifeTime = 60_000;

    private const string Checksum = "checksum";

    /// <summary>Starts a process that saves until it is killed, and says the number of each save that it has made.</summary>
    public static Process Start(string path) => Process.Start(StartInfo(path))!;

    /// <summary>Saves so many bytes in a process that may write files of half as many, and gives what that says.</summary>
    public static string SaveTooMuch(string path, long bytes)
    {
        ProcessStartInfo program = StartInfo(path);
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true };
        foreach (string argument in (string[])
            ["-c", $"trap '' XFSZ; ulimit -f {bytes / 2 / 512}; exec \"$@\"", "sh", program.FileName, .. program.ArgumentList])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[PathVariable] = path;
        start.Environment[BytesVariable] = bytes.ToString(CultureInfo.InvariantCulture);

        // The runtime maps its code from a file that the limit would hold for.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    /// <summary>The number of the save that a file is of; throws where its tensors are not those of one save.</summary>
    public static long Number(string path)
    {
        using var reader = new SafeTensorsReader(path);
        ulong sum = 0;
        foreach (SafeTensor tensor in reader.Tensors.Where(x => x.Name != Checksum).OrderBy(x => x.Name, StringComparer.Ordinal))
        {
            sum = Sum(sum, tensor.Bytes);
        }

        long number = MemoryMarshal.Read<long>(reader["number"].Bytes);
        ulong expected = MemoryMarshal.Read<ulong>(reader[Checksum].Bytes);
        return sum == expected && reader.Metadata["number"] == number.ToString(CultureInfo.InvariantCulture) ? number
            : throw new InvalidDataException($"The checksum of save {number} is {sum:x}, not {expected:x}.");
    }

    private static ProcessStartInfo StartInfo(string path)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
        {
            start.ArgumentList.Add(typeof(SavingProcess).Assembly.Location);
        }

        start.Environment[PathVariable] = path;
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }

    /// <summary>Comes before the tests' own start, which takes longer than a hundred saves.</summary>
#pragma warning disable CA2255 // It is no library, but a program.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is not string path)
        {
            return;
        }

        if (long.TryParse(Environment.GetEnvironmentVariable(BytesVariable), CultureInfo.InvariantCulture, out long bytes))
        {
            Console.Write(SaveOnce(path, bytes));
            Environment.Exit(0);
        }

        long end = Environment.TickCount64 + LifeTime;
        for (long number = File.Exists(path) ? Number(path) + 1 : 0; Environment.TickCount64 < end; number++)
        {
            Save(path, number);
            Console.WriteLine(number);
        }

        Environment.Exit(1);
    }

    private static string SaveOnce(string path, long bytes)
    {
        using var data = new AlignedBuffer<byte>(bytes);
        try
        {
            SafeTensorsWriter.Save(path, [new SafeTensor("data", SafeTensorType.U8, [bytes], data.Pointer)]);
            return "saved";
        }
        catch (IOException fault)
        {
            return fault.GetType().Name;
        }
    }

    private static void Save(string path, long number)
    {
        var random = new Random((int)number);
        byte[] bytes = new byte[random.Next(200_000)];
        float[] numbers = new float[random.Next(50_000)];
        random.NextBytes(bytes);
        random.NextBytes(MemoryMarshal.AsBytes(numbers.AsSpan()));
        ulong sum = Sum(Sum(0, bytes), MemoryMarshal.AsBytes(new ReadOnlySpan<long>(ref number)));
        sum = Sum(sum, MemoryMarshal.AsBytes(numbers.AsSpan()));
        fixed (byte* bytesAt = bytes)
        fixed (float* numbersAt = numbers)
        {
            SafeTensorsWriter.Save(
                path,
                [
                    new SafeTensor("a bytes", SafeTensorType.U8, [bytes.Length], bytesAt),
                    new SafeTensor("number", SafeTensorType.I64, [], &number),
                    new SafeTensor("numbers", SafeTensorType.F32, [numbers.Length], numbersAt),
                    new SafeTensor(Checksum, SafeTensorType.U64, [], &sum),
                ],
                new Dictionary<string, string> { ["number"] = number.ToString(CultureInfo.InvariantCulture) });
        }
    }

    private static ulong Sum(ulong sum, ReadOnlySpan<byte> bytes)
    {
        foreach (byte each in bytes)
        {
            sum = (sum ^ each) * 0x100000001B3;
        }

        return sum;
    }
}
