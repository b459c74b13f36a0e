//! Standard output, which carries results only. Progress and errors go to
//! standard error.

use crate::{progress, shell::printable};
use serde::Serialize;
use std::{
    fmt::Arguments,
    io::{self, IsTerminal, Write},
};

/// Writes a line of progress to standard error, as `eprintln!` does.
macro_rules! note {
    ($($text:tt)*) => { $crate::out::write_note(format_args!($($text)*)) };
}
pub(crate) use note;

/// Writes a line to standard error. Nobody may be reading it: that it cannot be
/// written, on which `eprintln!` panics, must not end the work that it is about.
pub(crate) fn write_note(text: Arguments<'_>) {
    let text = text.to_string();
    let _ = progress::suspended(|| writeln!(io::stderr(), "{}", printable(&text)));
}

/// Writes `text` and a newline.
pub(crate) fn line(text: &str) -> io::Result<()> {
    self::text(&format!("{text}\n"))
}

/// Writes `text`, in which a terminal finds nothing to obey.
pub(crate) fn text(text: &str) -> io::Result<()> {
    bytes(printable(text).as_bytes())
}

/// Writes `text`, with colours of our own, and a newline.
pub(crate) fn coloured_line(text: &str) -> io::Result<()> {
    bytes(format!("{text}\n").as_bytes())
}

/// Writes `value` as indented JSON.
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}

/// Writes bytes unchanged, and flushes.
pub(crate) fn bytes(bytes: &[u8]) -> io::Result<()> {
    progress::suspended(|| {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    })
}

/// Whether standard output is a terminal and the user has not disabled colours.
#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR is the users' convention for all programs"
)]
pub(crate) fn has_colours() -> bool {
    io::stdout().is_terminal() && std::env::var("NO_COLOR").map_or(true, |v| v.is_empty())
}

/// Aligns `rows` in columns separated by two spaces, without trailing spaces. A
/// cell stays on its line.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let cell = |cell: &String| printable(cell).replace('\n', "\\n").replace('\t', "\\t");
    let rows = rows.iter().map(|row| row.iter().map(cell).collect());
    let rows: Vec<Vec<String>> = rows.collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_without_trailing_spaces() {
        let row = |cells: &[&str]| cells.iter().map(ToString::to_string).collect();
        let rows = [
            row(&["ID", "STATE"]),
            row(&["größer", ""]),
            row(&["b", "done", "x"]),
        ];
        assert_eq!(table(&rows), "ID      STATE\ngrößer\nb       done   x\n");
        assert_eq!(table(&[]), "");
        let rows = [row(&["a\nb", "c"]), row(&["\u{9b}2J", ""])];
        assert_eq!(table(&rows), "a\\nb      c\n\\u{9b}2J\n");
    }
}
