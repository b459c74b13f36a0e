//! Plans as text.

use crate::{Action, Change, Plan, Step};
use std::fmt::{self, Display};

/// Whether a plan is shown with terminal colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// ANSI escape sequences.
    Ansi,
    /// Plain text.
    None,
}

struct PlanText<'a>(&'a Plan, Colours);

impl Plan {
    /// The plan as text; `Display` is the same without colours.
    #[must_use]
    pub fn shown(&self, colours: Colours) -> impl Display + '_ {
        PlanText(self, colours)
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown(Colours::None).fmt(f)
    }
}

impl Action {
    /// The sign in front of a step: `+`, `~`, `-`, `=`, `adopt`, `retain`, `!`.
    #[must_use]
    pub fn sign(&self) -> &'static str {
        match self {
            Self::Create | Self::Restore { .. } => "+",
            Self::Change { .. } => "~",
            Self::Delete => "-",
            Self::Keep => "=",
            Self::Adopt { .. } => "adopt",
            Self::Retain { .. } => "retain",
            Self::Refuse { .. } => "!",
        }
    }

    fn colour(&self) -> &'static str {
        match self {
            Self::Create | Self::Restore { .. } => "32",
            Self::Change { .. } | Self::Adopt { .. } => "33",
            Self::Delete | Self::Refuse { .. } => "31",
            Self::Keep => "2",
            Self::Retain { .. } => "36",
        }
    }

    /// The changes of the resource's fields.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        match self {
            Self::Restore { changes } | Self::Change { changes } | Self::Adopt { changes } => {
                changes
            }
            Self::Create
            | Self::Delete
            | Self::Keep
            | Self::Retain { .. }
            | Self::Refuse { .. } => &[],
        }
    }

    fn note(&self, step: &Step) -> String {
        match self {
            Self::Restore { .. } => " (restored)".to_owned(),
            Self::Keep if !step.origin.is_ours() => " (adopted)".to_owned(),
            Self::Retain {
                reason,
                until: Some(until),
                ..
            } => format!(" ({reason}, until {until})"),
            Self::Retain { reason, .. } | Self::Refuse { reason } => format!(" ({reason})"),
            Self::Delete if step.input.removed_project.is_some() => {
                " (with its project)".to_owned()
            }
            Self::Create | Self::Change { .. } | Self::Delete | Self::Keep | Self::Adopt { .. } => {
                String::new()
            }
        }
    }
}

impl Display for PlanText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(plan, colours) = self;
        for step in &plan.steps {
            let action = &step.action;
            let (on, off) = match colours {
                Colours::Ansi => (format!("\x1b[{}m", action.colour()), "\x1b[0m"),
                Colours::None => (String::new(), ""),
            };
            let note = action.note(step);
            writeln!(f, "{on}{:<6} {}{off}{note}", action.sign(), step.id)?;
            // The policy of a new resource has no changes, only new grants.
            let grants = step
                .input
                .grants
                .iter()
                .filter(|_| *action == Action::Create);
            for grant in grants {
                writeln!(f, "         grants: +{grant}")?;
            }
            for change in action.changes() {
                writeln!(f, "         {change}")?;
            }
            for surplus in &step.surplus {
                writeln!(f, "         {surplus}")?;
            }
        }
        let count = |signs: &[&str]| {
            let has = |step: &&Step| signs.contains(&step.action.sign());
            plan.steps.iter().filter(has).count()
        };
        write!(
            f,
            "{} to create, {} to change, {} to delete, {} to adopt, {} retained, {} unchanged",
            count(&["+"]),
            count(&["~"]),
            count(&["-"]),
            count(&["adopt"]),
            count(&["retain"]),
            count(&["="]),
        )?;
        match count(&["!"]) {
            0 => Ok(()),
            refused => write!(f, ", {refused} refused"),
        }
    }
}
