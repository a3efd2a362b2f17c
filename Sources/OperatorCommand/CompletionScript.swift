/// The completion script for a shell, with what the parser's generator does not know.
enum CompletionScript {
    /// What bash needs in addition: it takes an @ for the beginning of a host's name, and for a word of its own, so that a word
    /// `@NAME` comes in two pieces. They are put together again for the function that the generator makes.
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

    /// The whole script, where `text` is what the generator makes for bash; any other text as it is.
    static func completed(_ text: String) -> String {
        text.hasPrefix("#!/bin/bash\n") && text.contains("complete -o filenames -F _holdfast holdfast")
            ? text + "\n" + bash : text
    }
}
