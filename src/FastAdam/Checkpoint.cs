using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FastAdam.Checkpoints;
using FastAdam.Checks;
using FastAdam.Kernels;
using FastAdam.Memory;
using FastAdam.Rules;
using FastAdam.State;
using FastAdam.Steps;

namespace FastAdam;

/// <summary>
/// An optimizer's state and its parameters as one safetensors file, in the layout of src/CHECKPOINTS.md: <c>params.NAME</c>,
/// <c>state.NAME.exp_avg</c> and so on. A run that is loaded goes on with the same bits as one that never stopped, on any CPU and with any
/// number of threads. Python's <c>save_checkpoint</c> and <c>load_checkpoint</c> have the same files.
/// </summary>
/// <remarks>
/// The file has the hyperparameters of the groups but <see cref="ParameterGroup.GradientScale"/> and
/// <see cref="ParameterGroup.MaxGradientValue"/>, and the seed of random rounding. Which parameters are frozen, other
/// <see cref="StatefulOptimizer.Options"/>, a <see cref="LossScaler"/> and a run's own random numbers are not in it. A run that needs them saves
/// them as texts in the metadata.
/// </remarks>
public static unsafe class Checkpoint
{
    private const string Prefix = "fastadam.";
    private const string LayoutKey = Prefix + "layout";
    private const string NamesKey = Prefix + "params";
    private const string GroupsKey = Prefix + "param_groups";
    private const string SeedKey = Prefix + "seed";
    private const string Layout = "1";

    private const string StatePrefix = "state.";
    private const string Step = "step";
    private const string Scale = "_scale";
    private const string LowerBits = "master_lower";

    /// <summary>Saves an optimizer, in the place of a file that may be there, which stays until the new one is whole:
    /// <see cref="SafeTensorsWriter.Save"/>. What lies in memory is written from there, without a copy.</summary>
    /// <param name="path">The file.</param>
    /// <param name="optimizer">The optimizer. Nobody may step it meanwhile.</param>
    /// <param name="names">The parameters' names, in the order of <see cref="StatefulOptimizer.Parameters"/>: any different texts without
    /// control characters. Null names them <c>0</c>, <c>1</c> and so on: those of group 0 first, then those of group 1, and so on.</param>
    /// <param name="withParameters">Whether the parameters are saved, too, and their copies where they have some. Lower bits belong to the
    /// state, and are saved with it.</param>
    /// <param name="metadata">Texts of the caller's by keys, which <see cref="Load"/> gives back; none may begin with
    /// <c>fastadam.</c></param>
    /// <param name="progress">Is told about each 8 MiB.</param>
    /// <param name="cancellationToken">Ends the saving.</param>
    /// <exception cref="ArgumentNullException"><paramref name="path"/>, <paramref name="optimizer"/> or a text is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty; a name is none that a file can have, or there twice; there is
    /// another number of them than of parameters; a text is none that a file can have.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written, or <paramref name="path"/> is a folder.</exception>
    /// <exception cref="OperationCanceledException">The token asked for it.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine keeps the most significant byte of a number first.</exception>
    /// <remarks>After an exception the old file is as it was.</remarks>
    public static void Save(
        string path,
        StatefulOptimizer optimizer,
        IReadOnlyList<string>? names = null,
        bool withParameters = true,
        IReadOnlyDictionary<string, string>? metadata = null,
        IProgress<SaveProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(optimizer);
        optimizer.RequireAlive();
        OptimizerParameter[] ordered = InOrder(optimizer);
        string[] known = Names(names, ordered);
        var texts = new Dictionary<string, string>();
        foreach ((string key, string text) in metadata ?? new Dictionary<string, string>())
        {
            texts[key] = !key.StartsWith(Prefix, StringComparison.Ordinal) ? text : throw new ArgumentException(
                $"The key '{key}' begins with {Prefix}, as those of the layout do.", nameof(metadata));
        }

        texts[LayoutKey] = Layout;
        texts[NamesKey] = Json(json =>
        {
            foreach (string name in known)
            {
                json.WriteStringValue(name);
            }
        });
        texts[GroupsKey] = Json(json =>
        {
            int place = 0;
            for (int i = 0; i < optimizer.GroupCount; i++)
            {
                int end = place + ordered.Count(parameter => parameter.Group == i);
                GroupJson.Write(json, optimizer[i].Values, place..end);
                place = end;
            }
        });
        texts[SeedKey] = FormattableString.Invariant($"{optimizer.Options.Seed}");

        using var steps = new AlignedBuffer<long>(ordered.Length, threads: 1);
        var tensors = new List<SafeTensor>();
        for (int i = 0; i < ordered.Length; i++)
        {
            steps.Pointer[i] = ordered[i].Step;
            Add(tensors, ordered[i], known[i], withParameters, steps.Pointer + i);
        }

        SafeTensorsWriter.Save(path, tensors, texts, progress, cancellationToken);
        GC.KeepAlive(optimizer);
    }

    /// <summary>Loads what <see cref="Save"/>, or Python, has saved. The state, the hyperparameters and the seed become the optimizer's, and the
    /// parameters are written into its memory. The file is read by ordinary reads: one that is cut off meanwhile is refused.</summary>
    /// <param name="path">The file.</param>
    /// <param name="optimizer">An optimizer with the same groups, rules and numbers of elements, and the same storage of parameters and
    /// state; single-precision state is converted where this one keeps it in 8 bits. A <see cref="OptimizerParameter.Shape"/> that was set must
    /// be that of the file; one that was not becomes it. A parameter that the file has no state for starts again.</param>
    /// <param name="names">The names of its parameters, in the order of <see cref="StatefulOptimizer.Parameters"/>, by which they are found;
    /// null where they are in the file's order: those of group 0 first, then those of group 1, and so on.</param>
    /// <param name="withParameters">Whether the parameters are loaded, too, and their copies and lower bits where they have some. Without them
    /// the optimizer's stay, lower bits too, and those of Schedule-Free must be in the mode that they were saved in: training or
    /// evaluation.</param>
    /// <returns>The metadata of the one who saved.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="path"/> or <paramref name="optimizer"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty, or <paramref name="names"/> are no names as for
    /// <see cref="Save"/>.</exception>
    /// <exception cref="InvalidDataException">The file is no checkpoint, or none of this optimizer; the message says what is wrong.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    /// <exception cref="OutOfMemoryException">The system gives no memory: the new state, the old one and a second copy of the parameters are
    /// there for a while.</exception>
    /// <exception cref="InvalidOperationException">State is converted to 8 bits, and FASTADAM_ISA holds no known name.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer was disposed of.</exception>
    /// <exception cref="PlatformNotSupportedException">The machine keeps the most significant byte of a number first; or state is converted to 8
    /// bits, and FASTADAM_ISA names an instruction set that this CPU lacks.</exception>
    /// <remarks>
    /// <para>Everything is read and checked before anything is changed: after an exception the optimizer and its parameters are as they
    /// were.</para>
    /// <para>The arrays that <see cref="OptimizerParameter.State"/> gave before are freed: do not use them any more.</para>
    /// <para>Random rounding depends on a parameter's index. A run that adds its parameters in another order, and finds them by names, goes on
    /// with other random bits.</para>
    /// </remarks>
    public static IReadOnlyDictionary<string, string> Load(
        string path, StatefulOptimizer optimizer, IReadOnlyList<string>? names = null, bool withParameters = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(optimizer);
        optimizer.RequireAlive();
        OptimizerParameter[] ordered = InOrder(optimizer);
        string[]? own = names is null ? null : Names(names, ordered);
        using var file = new TensorFile(path);
        try
        {
            TakeOver(file, optimizer, ordered, own, withParameters);
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidDataException($"{path}: {fault.Message}", fault);
        }

        return file.Header.Metadata.Where(text => !text.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary();
    }

    /// <summary>The parameters of one group after those of the other.</summary>
    private static OptimizerParameter[] InOrder(StatefulOptimizer optimizer) =>
        [.. optimizer.Parameters.OrderBy(parameter => parameter.Group)];

    /// <summary>The names of the parameters in that order.</summary>
    private static string[] Names(IReadOnlyList<string>? names, OptimizerParameter[] ordered)
    {
        if (names is null)
        {
            return [.. ordered.Select((_, place) => FormattableString.Invariant($"{place}"))];
        }

        if (names.Count != ordered.Length)
        {
            throw new ArgumentException($"There are {names.Count} names, but {ordered.Length} parameters.", nameof(names));
        }

        var known = new HashSet<string>();
        for (int i = 0; i < names.Count; i++)
        {
            ArgumentNullException.ThrowIfNull(names[i], nameof(names));
            string? fault = names[i].Length == 0 ? "must not be empty" : TensorNames.WhatIsWrong(names[i]);
            if ((fault ?? (known.Add(names[i]) ? null : "is there twice")) is string wrong)
            {
                throw new ArgumentException($"names[{i}] {wrong}.", nameof(names));
            }
        }

        return [.. ordered.Select(parameter => names[parameter.Index])];
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            write(json);
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Adds all tensors of a parameter.</summary>
    private static void Add(List<SafeTensor> tensors, OptimizerParameter parameter, string name, bool withParameters, long* step)
    {
        long[] shape = [.. parameter.Shape];
        TensorArray values = parameter.Parameters;
        bool hasLowerBits = HasLowerBits(values.Type);
        if (withParameters)
        {
            tensors.Add(new SafeTensor($"params.{name}", TypeOf(values.Type), shape, values.Start));
            if (!hasLowerBits && values.Part != null)
            {
                tensors.Add(new SafeTensor($"copies.{name}", PartTypeOf(values.Type), shape, values.Part));
            }
        }

        // Without state it starts again, with lower bits of zero.
        IReadOnlyList<OptimizerState> state = parameter.State;
        bool keepsLowerBits = hasLowerBits && (*step > 0 || IsAnySet(values.Part, ElementTypes.PartBytes(values.Type, parameter.Length)));
        if (*step == 0 && state.Count == 0 && !keepsLowerBits)
        {
            return;
        }

        string prefix = $"{StatePrefix}{name}.";
        tensors.Add(new SafeTensor(prefix + Step, SafeTensorType.I64, [], step));
        for (int i = 0; i < parameter.Rule.Numbers.Length; i++)
        {
            tensors.Add(new SafeTensor(
                prefix + parameter.Rule.Numbers[i].Name, SafeTensorType.F64, [], parameter.TensorState.Numbers + i));
        }

        foreach (OptimizerState array in state)
        {
            tensors.Add(new SafeTensor(prefix + array.Name, TypeOf(array.Array.Type), shape, array.Array.Start));
            if (array.Array.Part != null)
            {
                tensors.Add(new SafeTensor(
                    prefix + array.Name + Scale, PartTypeOf(array.Array.Type), [Blocks(parameter.Length)], array.Array.Part));
            }
        }

        if (keepsLowerBits)
        {
            tensors.Add(new SafeTensor(prefix + LowerBits, PartTypeOf(values.Type), shape, values.Part));
        }
    }

    private static void TakeOver(
        TensorFile file, StatefulOptimizer optimizer, OptimizerParameter[] ordered, string[]? own, bool withParameters)
    {
        if (!file.Header.Metadata.TryGetValue(LayoutKey, out string? layout) || layout != Layout)
        {
            throw new InvalidDataException(layout is null
                ? $"It is no checkpoint: its metadata has no {LayoutKey}."
                : $"Its layout is {TensorNames.Quoted(layout)}, but this version reads {Layout}.");
        }

        using JsonDocument namesJson = Parse(file, NamesKey), groupsJson = Parse(file, GroupsKey);
        string[] names = SavedNames(namesJson.RootElement);
        if (names.Length != ordered.Length)
        {
            throw new InvalidDataException($"It has {names.Length} parameters, but this optimizer has {ordered.Length}.");
        }

        own ??= names;
        ParameterGroup[] groups = SavedGroups(groupsJson.RootElement, optimizer, ordered, names, own);
        string digits = Text(file, SeedKey);

        // Parsing alone would take zeros behind the digits, too.
        if (!digits.All(char.IsAsciiDigit) || !ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            throw new InvalidDataException($"{SeedKey} must be an integer from 0 to 2^64 - 1, not {TensorNames.Quoted(digits)}.");
        }

        RequireKnown(file, ordered, own);
        long[]?[] shapes = [.. ordered.Select((parameter, i) => RequireFit(file, optimizer, parameter, own[i], withParameters))];
        var states = new TensorState?[ordered.Length];
        var staged = new List<(BlockHandle Bytes, nint Target)>();
        try
        {
            for (int i = 0; i < ordered.Length; i++)
            {
                OptimizerParameter parameter = ordered[i];
                TensorState state = SavedState(file, optimizer, parameter, own[i]);
                states[parameter.Index] = state;
                if (withParameters)
                {
                    StageParameters(file, parameter, own[i], optimizer.Options.Threads, staged);
                }
                else if (state.IsInEvaluation != parameter.TensorState.IsInEvaluation)
                {
                    throw new InvalidDataException(
                        $"The parameter {TensorNames.Quoted(own[i])} was saved in {Mode(state)}, but this optimizer's, which is not loaded, is "
                        + $"in {Mode(parameter.TensorState)}.");
                }
            }

            // From here on nothing fails.
            foreach ((BlockHandle bytes, nint target) in staged)
            {
                NativeMemory.Copy(bytes.Start, (void*)target, bytes.Bytes);
            }
        }
        catch
        {
            Array.ForEach(states, state => state?.Dispose());
            throw;
        }
        finally
        {
            staged.ForEach(each => each.Bytes.Dispose());
        }

        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i].TakeShape(shapes[i]);
        }

        optimizer.Restore(groups, states!, seed);
        GC.KeepAlive(optimizer);

        static string Mode(TensorState state) => state.IsInEvaluation ? "evaluation" : "training";
    }

    private static string Text(TensorFile file, string key) => file.Header.Metadata.TryGetValue(key, out string? text)
        ? text
        : throw new InvalidDataException($"Its metadata has no {key}.");

    private static JsonDocument Parse(TensorFile file, string key)
    {
        string text = Text(file, key);
        JsonDocument document;
        try
        {
            RequireUnicode(Encoding.UTF8.GetBytes(text));
            document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"{key} of its metadata is no valid JSON: {fault.Message}", fault);
        }
        catch (InvalidOperationException fault)
        {
            // Half of a surrogate pair, as \ud800.
            throw new InvalidDataException($"{key} of its metadata has a text that is no valid Unicode.", fault);
        }

        if (document.RootElement.ValueKind != JsonValueKind.Array)
        {
            document.Dispose();
            throw new InvalidDataException($"{key} of its metadata must be a list.");
        }

        return document;
    }

    /// <summary>Reads each text, so that it can be read later without an error.</summary>
    /// <exception cref="InvalidOperationException">One is no valid Unicode.</exception>
    private static void RequireUnicode(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                _ = reader.GetString();
            }
        }
    }

    private static string[] SavedNames(JsonElement json)
    {
        var names = new List<string>();
        foreach (JsonElement name in json.EnumerateArray())
        {
            names.Add(name.ValueKind == JsonValueKind.String
                ? name.GetString()!
                : throw new InvalidDataException($"{NamesKey} of its metadata must be a list of names."));
        }

        return names.Distinct().Count() == names.Count ? [.. names]
            : throw new InvalidDataException($"{NamesKey} of its metadata has a name twice.");
    }

    private static ParameterGroup[] SavedGroups(
        JsonElement json, StatefulOptimizer optimizer, OptimizerParameter[] ordered, string[] names, string[] own)
    {
        if (json.GetArrayLength() != optimizer.GroupCount)
        {
            throw new InvalidDataException($"It has {json.GetArrayLength()} groups, but this optimizer has {optimizer.GroupCount}.");
        }

        var groups = new ParameterGroup[optimizer.GroupCount];
        int place = 0;
        for (int i = 0; i < groups.Length; i++)
        {
            string what = $"{GroupsKey}[{i}]";
            GroupValues values = GroupJson.Read(json[i], optimizer[i].Values, what);
            try
            {
                GroupCheck.Values(values, new Item(GroupsKey, i));
            }
            catch (ArgumentException fault)
            {
                throw new InvalidDataException(fault.Message, fault);
            }

            groups[i] = new ParameterGroup(values);
            int first = place;
            if (!json[i].TryGetProperty("params", out JsonElement places) || places.ValueKind != JsonValueKind.Array
                || places.EnumerateArray().Any(each => each.ValueKind != JsonValueKind.Number || !each.TryGetInt32(out int number) || number != place++)
                || place > names.Length)
            {
                throw new InvalidDataException($"{what}: params must be the places of its parameters, in order over all groups.");
            }

            var saved = names[first..place].ToHashSet();
            if (!saved.SetEquals(own.Where((_, k) => ordered[k].Group == i)))
            {
                throw new InvalidDataException($"{what} has other parameters than this optimizer's group.");
            }
        }

        return groups;
    }

    /// <summary>Each tensor of a state must be one of a parameter.</summary>
    private static void RequireKnown(TensorFile file, OptimizerParameter[] ordered, string[] own)
    {
        var rules = own.Select((name, i) => (name, ordered[i].Rule)).ToDictionary(each => each.name, each => each.Rule);
        foreach (HeaderTensor tensor in file.Header.Tensors)
        {
            if (!tensor.Name.StartsWith(StatePrefix, StringComparison.Ordinal))
            {
                continue;
            }

            int dot = tensor.Name.LastIndexOf('.');
            string name = dot < StatePrefix.Length ? "" : tensor.Name[StatePrefix.Length..dot];
            string array = tensor.Name[(dot + 1)..];
            bool isKnown = rules.TryGetValue(name, out RuleDescription? rule)
                && (array is Step or LowerBits
                    || Array.Exists(rule.Numbers, number => number.Name == array)
                    || Array.Exists(rule.State, state => state.Name == array || state.Name + Scale == array));
            if (!isKnown)
            {
                throw new InvalidDataException($"The tensor {TensorNames.Quoted(tensor.Name)} belongs to no parameter.");
            }

            if (!file.TryGet($"{StatePrefix}{name}.{Step}", out _))
            {
                throw new InvalidDataException($"It has {TensorNames.Quoted(tensor.Name)}, but no step of that parameter.");
            }
        }
    }

    /// <summary>Checks that what will be read of a parameter's tensors is stored as the optimizer needs it.</summary>
    /// <returns>Their shape; null where there are none.</returns>
    private static long[]? RequireFit(
        TensorFile file, StatefulOptimizer optimizer, OptimizerParameter parameter, string name, bool withParameters)
    {
        string prefix = $"{StatePrefix}{name}.";
        long[]? shape = parameter.ExplicitShape;
        if (withParameters)
        {
            ElementType type = parameter.Parameters.Type;
            RequireType(Required(file, $"params.{name}"), TypeOf(type));
            if (HasCopy(type))
            {
                RequireType(Required(file, $"copies.{name}"), PartTypeOf(type));
            }

            if (file.TryGet(prefix + LowerBits, out HeaderTensor? lower))
            {
                RequireShape(lower);
                if (!HasLowerBits(type) || lower.Type != PartTypeOf(type))
                {
                    throw new InvalidDataException(
                        $"{TensorNames.Quoted(lower.Name)} is {lower.Type}, but this optimizer has "
                        + $"{(HasLowerBits(type) ? $"{PartTypeOf(type)}" : "none")}.");
                }
            }
        }

        foreach (StateArray array in parameter.Rule.State)
        {
            if (!file.TryGet(prefix + array.Name, out HeaderTensor? saved))
            {
                continue;
            }

            RequireShape(saved);
            ElementType own = optimizer.StateType(array, parameter);
            bool isBlock8 = own == ElementType.Block8;
            if (saved.Type != TypeOf(own) && !(isBlock8 && saved.Type == SafeTensorType.F32))
            {
                throw new InvalidDataException(
                    $"{TensorNames.Quoted(saved.Name)} is {saved.Type}, but this optimizer's is {own}, {TypeOf(own)} in files"
                    + (isBlock8 ? ": that can be loaded from itself or F32." : "."));
            }

            if (isBlock8 && saved.Type == SafeTensorType.U8)
            {
                HeaderTensor scale = Required(file, saved.Name + Scale);
                if (scale.Type != SafeTensorType.F32 || !scale.Shape.SequenceEqual([Blocks(parameter.Length)]))
                {
                    throw new InvalidDataException(
                        $"{TensorNames.Quoted(scale.Name)} must be F32 of {Blocks(parameter.Length)} elements.");
                }
            }
        }

        return shape;

        void RequireType(HeaderTensor saved, SafeTensorType wanted)
        {
            RequireShape(saved);
            if (saved.Type != wanted)
            {
                throw new InvalidDataException(
                    $"{TensorNames.Quoted(saved.Name)} is {saved.Type}, but this optimizer's is {wanted}.");
            }
        }

        // One shape for all: the parameter's, or the first one of as many elements where that was never said.
        void RequireShape(HeaderTensor saved)
        {
            bool hasLength = (nuint)(saved.ByteLength / SafeTensorTypes.Size(saved.Type)) == parameter.Length;
            shape ??= hasLength ? saved.Shape : [.. parameter.Shape];
            if (!hasLength || !saved.Shape.AsSpan().SequenceEqual(shape))
            {
                throw new InvalidDataException(
                    $"{TensorNames.Quoted(saved.Name)} has the shape [{string.Join(", ", saved.Shape)}], "
                    + $"but this optimizer's is [{string.Join(", ", shape)}].");
            }
        }
    }

    /// <summary>A new state with what the file has of a parameter's.</summary>
    private static TensorState SavedState(TensorFile file, StatefulOptimizer optimizer, OptimizerParameter parameter, string name)
    {
        string prefix = $"{StatePrefix}{name}.";
        RuleDescription rule = parameter.Rule;
        var state = new TensorState(rule);
        try
        {
            if (!file.TryGet(prefix + Step, out HeaderTensor? step))
            {
                return state;
            }

            state.Step = Single<long>(file, step, SafeTensorType.I64);
            if (state.Step is < 0 or > OptimizerParameter.MaxStep)
            {
                throw new InvalidDataException(
                    $"{TensorNames.Quoted(step.Name)} must be from 0 to {OptimizerParameter.MaxStep}, not {state.Step}.");
            }

            for (int i = 0; i < rule.Numbers.Length; i++)
            {
                HeaderTensor number = Required(file, prefix + rule.Numbers[i].Name);
                state.Numbers[i] = Single<double>(file, number, SafeTensorType.F64);
                try
                {
                    TensorCheck.Number(rule.Numbers[i], state.Numbers[i], TensorNames.Quoted(number.Name), parameter.Item, isStep: false);
                }
                catch (ArgumentException fault)
                {
                    throw new InvalidDataException(fault.Message, fault);
                }
            }

            // What is missing is made by the next step. An optional array may be missing, as its option may have been turned on after the
            // last step; the others only together, where a caller has set the number of the step and no state.
            string[] always = [.. rule.State.Where(array => !array.IsOptional).Select(array => prefix + array.Name)];
            if (state.Step > 0 && always.Any(array => file.TryGet(array, out _)))
            {
                Array.ForEach(always, array => Required(file, array));
            }

            for (int i = 0; i < rule.State.Length; i++)
            {
                if (file.TryGet(prefix + rule.State[i].Name, out HeaderTensor? saved))
                {
                    state.Make(i, optimizer.StateType(rule.State[i], parameter), parameter.Length, optimizer.Options.Threads);
                    Read(file, saved, state[i], rule.State[i].IsSigned, parameter.Length, optimizer.Options.Threads);
                }
            }

            return state;
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Reads a state array, and its scales.</summary>
    private static void Read(TensorFile file, HeaderTensor saved, in TensorArray own, bool isSigned, nuint length, int threads)
    {
        if (saved.Type == TypeOf(own.Type))
        {
            file.Read(saved, own.Start);
            if (own.Part != null)
            {
                file.Read(Required(file, saved.Name + Scale), own.Part);
            }
        }
        else
        {
            using var values = new BlockHandle((nuint)saved.ByteLength, threads);
            file.Read(saved, values.Start);
            ArrayConversion.Encode(
                InstructionSets.Current, own.Type, own.Start, own.Part, length, isSigned, (float*)values.Start);
        }
    }

    /// <summary>Reads a parameter and what is beside it, for when all else has been read.</summary>
    private static void StageParameters(
        TensorFile file, OptimizerParameter parameter, string name, int threads, List<(BlockHandle Bytes, nint Target)> staged)
    {
        TensorArray own = parameter.Parameters;
        Stage(Required(file, $"params.{name}"), own.Start);
        if (HasCopy(own.Type))
        {
            Stage(Required(file, $"copies.{name}"), own.Part);
        }

        if (HasLowerBits(own.Type))
        {
            string lowerBits = $"{StatePrefix}{name}.{LowerBits}";
            if (file.TryGet(lowerBits, out HeaderTensor? lower))
            {
                Stage(lower, own.Part);
            }
            else if (file.TryGet($"{StatePrefix}{name}.{Step}", out HeaderTensor? step)
                && Single<long>(file, step, SafeTensorType.I64) > 0)
            {
                throw Missing(lowerBits);
            }
            else
            {
                // A block is of zeros.
                staged.Add((new BlockHandle(ElementTypes.PartBytes(own.Type, parameter.Length), threads), (nint)own.Part));
            }
        }

        void Stage(HeaderTensor saved, byte* target)
        {
            var bytes = new BlockHandle((nuint)saved.ByteLength, threads);
            staged.Add((bytes, (nint)target));
            file.Read(saved, bytes.Start);
        }
    }

    private static HeaderTensor Required(TensorFile file, string name) =>
        file.TryGet(name, out HeaderTensor? tensor) ? tensor : throw Missing(name);

    private static InvalidDataException Missing(string name) => new($"It has no {TensorNames.Quoted(name)}.");

    private static T Single<T>(TensorFile file, HeaderTensor saved, SafeTensorType type)
        where T : unmanaged
    {
        if (saved.Type != type || saved.Shape.Length != 0)
        {
            throw new InvalidDataException($"{TensorNames.Quoted(saved.Name)} must be {type} without dimensions.");
        }

        T value = default;
        file.Read(saved, &value);
        return value;
    }

    private static bool HasLowerBits(ElementType type) => type is ElementType.Split16 or ElementType.Split8;

    private static bool HasCopy(ElementType type) => type is ElementType.Float32WithBFloat16 or ElementType.Float32WithFloat16;

    private static bool IsAnySet(byte* bytes, nuint count)
    {
        for (nuint i = 0; i < count; i++)
        {
            if (bytes[i] != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static long Blocks(nuint length) => (long)(ElementTypes.PartBytes(ElementType.Block8, length) / sizeof(float));

    /// <summary>What an array of that storage is in files.</summary>
    private static SafeTensorType TypeOf(ElementType type) => type switch
    {
        ElementType.Float32 or ElementType.Float32WithBFloat16 or ElementType.Float32WithFloat16 => SafeTensorType.F32,
        ElementType.Float16 or ElementType.StochasticFloat16 => SafeTensorType.F16,
        ElementType.Block8 => SafeTensorType.U8,
        _ => SafeTensorType.BF16,
    };

    /// <summary>What is beside one.</summary>
    private static SafeTensorType PartTypeOf(ElementType type) => type switch
    {
        ElementType.Split16 => SafeTensorType.I16,
        ElementType.Split8 => SafeTensorType.I8,
        ElementType.Float32WithBFloat16 => SafeTensorType.BF16,
        ElementType.Float32WithFloat16 => SafeTensorType.F16,
        _ => SafeTensorType.F32,
    };
}
