//! The steps of a job's lifecycle, and how they are printed.

use crate::out;
use names::{Duration, Timestamp};
use std::io;

/// A step of a job's lifecycle. The tour fails if one is not observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Published,
    Pushed,
    Decided,
    Inserted,
    Booted,
    Claimed,
    Output,
    Reported,
    Deleted,
    Done,
    Gone,
}

impl Step {
    pub(super) const ALL: [Self; 11] = [
        Self::Published,
        Self::Pushed,
        Self::Decided,
        Self::Inserted,
        Self::Booted,
        Self::Claimed,
        Self::Output,
        Self::Reported,
        Self::Deleted,
        Self::Done,
        Self::Gone,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Pushed => "pushed",
            Self::Decided => "decided",
            Self::Inserted => "inserted",
            Self::Booted => "booted",
            Self::Claimed => "claimed",
            Self::Output => "output",
            Self::Reported => "reported",
            Self::Deleted => "deleted",
            Self::Done => "done",
            Self::Gone => "gone",
        }
    }
}

/// Prints steps with the time since the start.
pub(super) struct StepPrinter {
    started: Timestamp,
    colours: bool,
}

impl StepPrinter {
    pub(super) fn new(started: Timestamp) -> Self {
        Self {
            started,
            colours: out::has_colours(),
        }
    }

    /// Prints one line: time, step, identity, details.
    pub(super) fn print(
        &self,
        at: Timestamp,
        name: &str,
        actor: &str,
        what: &str,
    ) -> io::Result<()> {
        out::coloured_line(&format_line(
            at.since(self.started),
            name,
            actor,
            what,
            self.colours,
        ))
    }
}

fn format_line(elapsed: Duration, name: &str, actor: &str, what: &str, colours: bool) -> String {
    let seconds = elapsed.as_secs_f64();
    if !colours {
        return format!("{seconds:7.3}s  {name:<9}  {actor:<20}  {what}");
    }
    let colour = match name {
        "denied" => "1;31",
        "output" => "32",
        _ => "1",
    };
    format!(
        "\x1b[2m{seconds:7.3}s\x1b[0m  \x1b[{colour}m{name:<9}\x1b[0m  \x1b[36m{actor:<20}\x1b[0m  {what}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_align_with_and_without_colours() {
        let line = |colours| {
            format_line(
                Duration::from_millis(1_234),
                "pushed",
                "job-queued",
                "x",
                colours,
            )
        };
        assert_eq!(line(false), "  1.234s  pushed     job-queued            x");
        let mut plain = line(true);
        for code in ["\x1b[2m", "\x1b[1m", "\x1b[36m", "\x1b[0m"] {
            plain = plain.replace(code, "");
        }
        assert_eq!(plain, line(false));
    }
}
