using System.Text.Json;
using System.Text.Unicode;

namespace FastAdam.Checkpoints;

/// <summary>The JSON text of a header: what it says, without a look at the rest of the file.</summary>
internal ref struct HeaderParser(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;

    // The header, a tensor, its shape.
    private Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = 3 });

    private bool _hasMetadata;

    /// <summary>In the order of the text.</summary>
    public List<HeaderTensor> Tensors { get; } = [];

    public Dictionary<string, string> Metadata { get; } = [];

    /// <exception cref="InvalidDataException">It is no header of the format.</exception>
    public void Parse()
    {
        if (_json is not [(byte)'{', ..])
        {
            throw new InvalidDataException("its header does not begin with {.");
        }

        if (!Utf8.IsValid(_json))
        {
            throw new InvalidDataException("its header is no valid UTF-8.");
        }

        try
        {
            ParseObject();
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException($"its header is no valid JSON: {fault.Message}", fault);
        }
    }

    private void ParseObject()
    {
        var names = new HashSet<string>();
        _reader.Read();
        while (ReadKey(new PlaceText("a key of the header")) is string name)
        {
            if (name == TensorNames.Metadata)
            {
                ParseMetadata();
                continue;
            }

            if (TensorNames.WhatIsWrong(name) is string fault)
            {
                throw new InvalidDataException($"a tensor's name {fault}.");
            }

            if (!names.Add(name))
            {
                throw new InvalidDataException($"there are two tensors {TensorNames.Quoted(name)}.");
            }

            ParseTensor(name);
        }

        // Fails where anything but white space follows.
        _reader.Read();
    }

    private void ParseMetadata()
    {
        if (_hasMetadata)
        {
            throw new InvalidDataException($"{TensorNames.Metadata} is there twice.");
        }

        _hasMetadata = true;
        _reader.Read();
        Expect(JsonTokenType.StartObject, new PlaceText(TensorNames.Metadata), "must be an object");
        while (ReadKey(new PlaceText($"a key of {TensorNames.Metadata}")) is string key)
        {
            _reader.Read();
            var what = new PlaceText($"{TensorNames.Metadata}[", key, "]");
            Expect(JsonTokenType.String, what, "must be text");
            if (!Metadata.TryAdd(key, Text(what)))
            {
                throw new InvalidDataException($"{what} is there twice.");
            }
        }
    }

    private void ParseTensor(string name)
    {
        var of = new PlaceText("of ", name);
        _reader.Read();
        Expect(JsonTokenType.StartObject, new PlaceText("the tensor ", name), "must be an object");
        SafeTensorType? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (ReadKey(new PlaceText("a key of a tensor of ", name)) is string member)
        {
            var what = new PlaceText("", member, " of ", name);
            bool isTwice = member switch
            {
                "dtype" => type is not null,
                "shape" => shape is not null,
                "data_offsets" => offsets is not null,
                _ => throw new InvalidDataException($"{what} is unknown: a tensor has dtype, shape and data_offsets."),
            };
            if (isTwice)
            {
                throw new InvalidDataException($"{what} is there twice.");
            }

            _reader.Read();
            switch (member)
            {
                case "dtype":
                    Expect(JsonTokenType.String, what, "must be text");
                    string text = Text(what);
                    type = SafeTensorTypes.TryParse(text, out SafeTensorType known) ? known
                        : throw new InvalidDataException($"{what} is {TensorNames.Quoted(text)}, which is unknown.");
                    break;
                case "shape":
                    shape = Integers(what, TensorExtent.MaxDimensions);
                    break;
                default:
                    offsets = Integers(what, 2);
                    break;
            }
        }

        string missing = type is null ? "dtype" : shape is null ? "shape" : offsets is null ? "data_offsets" : "";
        if (missing.Length > 0)
        {
            throw new InvalidDataException($"\"{missing}\" {of} is missing.");
        }

        if (offsets!.Length != 2 || offsets[0] > offsets[1])
        {
            throw new InvalidDataException(
                $"\"data_offsets\" {of} must be a begin and an end that is no smaller, not [{string.Join(", ", offsets)}].");
        }

        if (TensorExtent.WhatIsWrong(shape, type!.Value, out long bytes) is string fault)
        {
            throw new InvalidDataException($"the shape {of} {fault}.");
        }

        if (bytes != offsets[1] - offsets[0])
        {
            throw new InvalidDataException(
                $"the shape {of}, [{string.Join(", ", shape!)}] of {SafeTensorTypes.Name(type.Value)}, has {bytes} bytes, but its "
                + $"data_offsets [{string.Join(", ", offsets)}] have {offsets[1] - offsets[0]}.");
        }

        Tensors.Add(new HeaderTensor(name, type.Value, shape!, offsets[0], offsets[1]));
    }

    /// <summary>The next key of an object; null at its end.</summary>
    private string? ReadKey(in PlaceText what)
    {
        _reader.Read();
        return _reader.TokenType == JsonTokenType.EndObject ? null : Text(what);
    }

    private long[] Integers(in PlaceText what, int most)
    {
        Expect(JsonTokenType.StartArray, what, "must be a list");
        var result = new List<long>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(JsonTokenType.Number, what, "must have integers");
            if (result.Count == most)
            {
                throw new InvalidDataException($"{what} must have at most {most} numbers.");
            }

            // Digits alone: no sign, as in -0, no fraction, no exponent.
            if (_reader.ValueSpan.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !_reader.TryGetInt64(out long value))
            {
                string number = TensorNames.Quoted(TensorNames.Utf8.GetString(_reader.ValueSpan));
                throw new InvalidDataException($"{what} must have integers from 0 to 2^63 - 1, in digits alone, not {number}.");
            }

            result.Add(value);
        }

        return [.. result];
    }

    private readonly void Expect(JsonTokenType token, in PlaceText what, string otherwise)
    {
        if (_reader.TokenType != token)
        {
            throw new InvalidDataException($"{what} {otherwise}.");
        }
    }

    private readonly string Text(in PlaceText what)
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException fault)
        {
            // Half of a surrogate pair, as \ud800.
            throw new InvalidDataException($"{what} is no valid Unicode.", fault);
        }
    }

    /// <summary>What a message calls a place of the header. The text is made by the message alone: most headers need none.</summary>
    /// <param name="Start">Its first words.</param>
    /// <param name="Name">A name behind them, shown in quotes.</param>
    /// <param name="Middle">PlaceText behind that.</param>
    /// <param name="Owner">A second name.</param>
    private readonly record struct PlaceText(string Start, string? Name = null, string Middle = "", string? Owner = null)
    {
        public override string ToString() => Start + Quoted(Name) + Middle + Quoted(Owner);

        private static string Quoted(string? name) => name is null ? "" : TensorNames.Quoted(name);
    }
}
