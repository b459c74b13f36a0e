//! How a recording is printed.

use super::role::{CustomRole, Recording, Use};
use crate::{out, shell};
use anyhow::Result;
use names::ProjectId;
use serde_json::{Value, json};

/// Google's limit for a role's title; unverified for other letters than ASCII.
const TITLE: usize = 100;

/// What a recording found.
pub(super) struct Report {
    pub(super) command: String,
    pub(super) project: ProjectId,
    pub(super) exit_code: u8,
    /// Without what is in `unneeded`.
    pub(super) recording: Recording,
    /// Permissions without which the command succeeded.
    pub(super) unneeded: Vec<String>,
    /// Whether the log still had all calls.
    pub(super) is_complete: bool,
    pub(super) enforced: Option<Enforced>,
}

/// What the command did with the role alone.
pub(super) struct Enforced {
    pub(super) exit_code: u8,
    pub(super) refused: Vec<Use>,
}

impl Report {
    /// That of the last run of the command.
    pub(super) fn exit_code(&self) -> u8 {
        let enforced = self.enforced.as_ref();
        enforced.map_or(self.exit_code, |enforced| enforced.exit_code)
    }

    fn role(&self) -> CustomRole {
        CustomRole {
            title: shell::truncate(&format!("Access of {}", self.command), TITLE),
            description: "Permissions recorded by groundcrew access record".to_owned(),
            stage: "GA",
            included_permissions: self.recording.permissions(self.project.as_str()),
        }
    }

    pub(super) fn print(&self, json: bool) -> Result<()> {
        if json {
            out::json(&self.to_json())?;
        } else {
            self.explain();
            out::text(&yaml_serde::to_string(&self.role())?)?;
        }
        if !self.is_complete {
            out::note!(
                "groundcrew: more calls than the audit log of the local cloud holds: the role \
                 may lack permissions of the first ones"
            );
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let enforced = self.enforced.as_ref().map(
            |enforced| json!({ "exit_code": enforced.exit_code, "refused": enforced.refused }),
        );
        json!({
            "command": self.command,
            "exit_code": self.exit_code,
            "project": self.project,
            "role": self.role(),
            "granted": self.recording.granted,
            "refused": self.recording.refused,
            "outside": self.recording.outside(self.project.as_str()),
            "unneeded": self.unneeded,
            "complete": self.is_complete,
            "enforced": enforced,
        })
    }

    /// Tells on standard error what was used where.
    fn explain(&self) {
        let Recording { granted, refused } = &self.recording;
        if granted.is_empty() && refused.is_empty() {
            out::note!(
                "no permission was needed: if that is wrong, the command does not use the \
                 credentials and the proxy in its environment"
            );
        }
        print_uses("", granted);
        print_uses("refused:", refused);
        if !self.unneeded.is_empty() {
            out::note!("used, and not needed: {}", self.unneeded.join(", "));
        }
        let outside = self.recording.outside(self.project.as_str());
        if !outside.is_empty() {
            out::note!("not in the role:");
        }
        for one in outside {
            out::note!("  {} on {}: {}", one.permission, one.resource, one.reason);
        }
        if let Some(enforced) = &self.enforced {
            out::note!(
                "with this role only, the command exits with {}",
                enforced.exit_code
            );
            print_uses("refused then:", &enforced.refused);
        }
    }
}

fn print_uses(title: &str, uses: &[Use]) {
    if uses.is_empty() {
        return;
    }
    if !title.is_empty() {
        out::note!("{title}");
    }
    let head = ["CALLS", "PERMISSION", "RESOURCE", "METHOD"].map(str::to_owned);
    let rows = uses.iter().map(|one| {
        let Use {
            permission,
            resource,
            method,
            calls,
            ..
        } = one.clone();
        vec![calls.to_string(), permission, resource, method]
    });
    let rows: Vec<Vec<String>> = std::iter::once(head.to_vec()).chain(rows).collect();
    out::note!("{}", out::table(&rows).trim_end());
}
