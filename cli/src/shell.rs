//! Quoting and shortening of text for shells and terminals.

use std::borrow::Cow;

/// `text` as one word of a POSIX shell, without control characters: where there
/// are some, in the form `$'…'` (POSIX.1-2024).
pub(crate) fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else if text.contains(char::is_control) {
        format!("$'{}'", text.chars().map(escape).collect::<String>())
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn escape(c: char) -> String {
    match c {
        '\'' | '\\' => format!("\\{c}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_control() => {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).bytes();
            bytes.map(|byte| format!("\\{byte:03o}")).collect()
        }
        c => c.to_string(),
    }
}

/// `text` with control characters other than tabs and newlines escaped: they may
/// come from a job's environment or from another project, and could make the
/// reader's terminal do or show anything.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(obeyed) {
        return text.into();
    }
    let escape = |c: char| match obeyed(c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escape).collect::<String>().into()
}

/// A command as it can be pasted into a shell, unless it is longer than
/// `max_length` characters: then it is cut.
pub(crate) fn command(words: &[String], max_length: usize) -> String {
    let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
    truncate(&words.join(" "), max_length)
}

/// `text` on one line without control characters, cut to `max_length` characters.
pub(crate) fn truncate(text: &str, max_length: usize) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let mut line: String = text.chars().map(visible).take(max_length + 1).collect();
    if line.chars().count() > max_length {
        line = line.chars().take(max_length.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_where_they_must_be() {
        for (text, quoted) in [
            (
                "http://127.0.0.1:8085/compute/v1/",
                "http://127.0.0.1:8085/compute/v1/",
            ),
            ("/srv/a b", "'/srv/a b'"),
            ("it's", r"'it'\''s'"),
            ("$(id)`id`", "'$(id)`id`'"),
            ("a\nb", r"$'a\nb'"),
            ("\u{1b}[2J'\\", r"$'\033[2J\'\\'"),
            ("\u{9b}2J", r"$'\302\2332J'"),
            ("~", "'~'"),
            ("", "''"),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }

    #[test]
    fn a_terminal_finds_nothing_to_obey() {
        assert_eq!(printable("größer\n\tok"), "größer\n\tok");
        let title = "\u{1b}]0;title\u{7}\r\u{85}";
        assert_eq!(printable(title), "\\u{1b}]0;title\\u{7}\\r\\u{85}");
    }

    #[test]
    fn a_command_stays_on_its_line() {
        let words = ["sh", "-c", "echo a\necho b\u{1b}[2J"].map(String::from);
        assert_eq!(command(&words, 80), r"sh -c $'echo a\necho b\033[2J'");
        assert_eq!(command(&words, 9), "sh -c $'…");
    }
}
