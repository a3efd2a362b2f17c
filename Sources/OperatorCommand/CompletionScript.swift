/// The completion script for a shell: the output of the argument parser with an addition for bash.
enum CompletionScript {
    /// The addition for bash. Bash completes host names after @ and splits words there, so it passes `@NAME` as two
    /// words. This function joins them and calls the generated function.
    private static let bash = """

        _holdfast_with_names() {
            local -a words=()
            local -i place current=0
            for place in "${!COMP_WORDS[@]}"; do
                local word="${COMP_WORDS[place]}"
                if [[ ${#words[@]} -gt 0 && "${words[-1]}" = @ && -n "${word}" && "${COMP_LINE}" = *"@${word}"* ]]; then
                    words[-1]+="${word}"
                else
                    words+=("${word}")
                fi
                if [[ "${place}" -eq "${COMP_CWORD}" ]]; then current=${#words[@]}-1; fi
            done
            local -a COMP_WORDS=("${words[@]}")
            local -i COMP_CWORD=current
            _holdfast "${1}" "${2}" "${COMP_WORDS[COMP_CWORD - 1]}"
        }

        complete -o filenames -F _holdfast_with_names holdfast
        """

    /// Appends the addition to a generated script for bash. Returns any other text unchanged.
    static func completed(_ text: String) -> String {
        text.hasPrefix("#!/bin/bash\n") && text.contains("complete -o filenames -F _holdfast holdfast")
            ? text + "\n" + bash : text
    }
}
