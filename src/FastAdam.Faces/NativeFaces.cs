using System.Text;

namespace FastAdam.Faces;

/// <summary>The structures of the C interface in C#, and the version that both sides of it must have.</summary>
internal static class NativeFaces
{
    /// <summary>What the functions between the face and the kernels' libraries are: native-aot/loader/levels.c calls those of
    /// native-aot/FastAdam.Native/Exports.cs.</summary>
    private const string Functions =
        "adam_f32 adam_f16 adam_bf16 (param, grad, exp_avg, exp_avg_sq, n, group, step, threads); step and sparse_step (list, count, "
        + "groups, group_count, options, step, report); to_evaluation and to_training (list, count, groups, group_count, threads); decode and encode (dtype, array, "
        + "part, n, flags, values); alloc (bytes, threads); free (block); set_executor (function, context); run_part (work, part); "
        + "set_calls (call (function, context, work, parts), count_threads (function))";

    /// <summary>A hash of the layouts: another one wherever the two sides would not understand each other.</summary>
    public static uint Version
    {
        get
        {
            uint hash = 2166136261;
            foreach (byte value in Encoding.UTF8.GetBytes(string.Join('\n', [Functions, .. NativeStruct.All.Select(each => each.Layout)])))
            {
                hash = (hash ^ value) * 16777619;
            }

            // An int32_t above 0: 0 is that of a library that cannot be used.
            return (hash & 0x7fff_ffff) | 1;
        }
    }

    public static IEnumerable<Face> Of()
    {
        var text = new StringBuilder("""
            // Written by src/FastAdam.Faces: do not edit.
            using System.Runtime.InteropServices;

            namespace FastAdam.Native;

            /// <summary>What the C interface looks like.</summary>
            internal static class NativeLayout
            {
                /// <summary>A hash of the structures and functions. The face in C has its own, which must be the same.</summary>

            """);
        text.Append($"    public const int Version = 0x{Version:x};\n}}\n");

        // The group's structure is GroupValues itself.
        foreach (NativeStruct each in NativeStruct.All.Where(each => each.Name != "group"))
        {
            text.Append($"\n/// <summary>{each.CName}.</summary>\n[StructLayout(LayoutKind.Sequential)]\n");
            text.Append($"internal unsafe struct Native{each.PascalName}\n{{\n");
            text.Append($"    /// <summary>Bytes that every caller's has.</summary>\n    public const int RequiredSize = {each.RequiredSize};\n\n");
            foreach (NativeField field in each.Checked().AllFields)
            {
                for (int i = 0; i < field.Count; i++)
                {
                    text.Append($"    public {CSharpType(field.Type)} {Pascal(field.Name)}{(field.Count > 1 ? $"{i}" : "")};\n");
                }
            }

            text.Append("}\n");
        }

        return
        [
            new("native-aot/FastAdam.Native/NativeStructs.g.cs", text.ToString()),
            new("native-aot/loader/layout.g.h", $"""
                /* Written by src/FastAdam.Faces: do not edit. */
                #ifndef FASTADAM_LAYOUT_H
                #define FASTADAM_LAYOUT_H

                /* A hash of the structures and functions. The kernels' libraries have their own, which must be the same. */
                #define LEVEL_VERSION 0x{Version:x}

                #endif

                """),
        ];
    }

    private static string CSharpType(string type) => type switch
    {
        "int32_t" => "int",
        "uint32_t" => "uint",
        "int64_t" => "long",
        "uint64_t" => "ulong",
        "size_t" => "nuint",
        "double *" => "double*",
        "const int64_t *" => "long*",
        "double" => "double",
        _ => "void*",
    };

    private static string Pascal(string name) =>
        string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
