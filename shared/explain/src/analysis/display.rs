//! The text form of explanations.

use super::{
    ReadFailure, Sensitivity,
    effective_access::{EffectiveAccess, EffectiveGrant, GrantingBinding, Undetermined},
    escalation::{Escalation, HeldPermission},
    explanation::Explanation,
    reachable_access::{EscalationPath, PathEnd, SensitiveAccess},
    resource_access::ResourceAccess,
    resource_kind::display_name,
};
use names::{FullResourceName, Member};
use std::{collections::BTreeSet, fmt};

/// The address without its type (`serviceAccount:`).
fn address(member: &Member) -> &str {
    let text = member.as_str();
    text.split_once(':').map_or(text, |(_, address)| address)
}

/// A custom role by its ID alone; which project it belongs to is clear from
/// where it is bound.
fn short_role(name: &str) -> &str {
    match name.strip_prefix("projects/") {
        Some(custom) => custom.rsplit('/').next().unwrap_or(custom),
        None => name,
    }
}

fn comma_separated(permissions: &BTreeSet<String>) -> String {
    let all: Vec<&str> = permissions.iter().map(String::as_str).collect();
    all.join(", ")
}

impl GrantingBinding {
    /// `by roles/viewer on project p if …`; without the resource if that is
    /// `context`, which the caller has named already.
    fn describe(&self, context: &FullResourceName) -> String {
        let mut text = format!("by {}", short_role(&self.role));
        if self.resource != *context {
            text = format!("{text} on {}", display_name(&self.resource));
        }
        let is_for_many = matches!(
            self.member.split_once(':'),
            None | Some((
                "domain" | "group" | "projectOwner" | "projectEditor" | "projectViewer",
                _
            ))
        );
        if is_for_many {
            text = format!("{text} to {}", self.member);
        }
        match &self.condition {
            Some(condition) => format!("{text} if {}", condition.expression),
            None => text,
        }
    }
}

impl fmt::Display for GrantingBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} to {} on {}",
            self.role,
            self.member,
            display_name(&self.resource)
        )?;
        match &self.condition {
            Some(condition) => write!(f, " if {}", condition.expression),
            None => Ok(()),
        }
    }
}

impl fmt::Display for HeldPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.permission, display_name(&self.resource))?;
        if let Some(permission) = &self.self_granted_with {
            write!(f, ", which it can grant itself with {permission}")?;
        }
        write!(f, " {}", self.binding.describe(&self.resource))
    }
}

impl Escalation {
    fn evidence(&self) -> String {
        let mut parts: Vec<String> = self.requires.iter().map(ToString::to_string).collect();
        parts.extend(self.updated_role.iter().map(|role| format!("holds {role}")));
        parts.join("; ")
    }
}

impl fmt::Display for SensitiveAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, resource) = (self.sensitivity.verb(), display_name(&self.resource));
        let preposition = match self.sensitivity {
            Sensitivity::ReadsData => "of",
            Sensitivity::Decrypts => "with",
            Sensitivity::Impersonates => "through",
            Sensitivity::ChangesAccess => "in",
        };
        let permissions = comma_separated(&self.permissions);
        let by = self.binding.describe(&self.resource);
        write!(f, "{verb} {preposition} {resource} ({permissions} {by})")
    }
}

impl fmt::Display for EscalationPath {
    /// Shows the first escalation of each step; the others are alternatives.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(address(&self.from))?;
        for step in &self.steps {
            if let Some(escalation) = step.escalations.first() {
                write!(
                    f,
                    " → {} {} ({})",
                    escalation.how,
                    address(&step.to),
                    escalation.evidence()
                )?;
            }
        }
        match &self.end {
            PathEnd::Identity { sensitive_access } if sensitive_access.is_empty() => Ok(()),
            PathEnd::Identity { sensitive_access } => {
                let access: Vec<String> =
                    sensitive_access.iter().map(ToString::to_string).collect();
                write!(f, " → {}", access.join("; "))
            }
            PathEnd::Control {
                resource,
                escalations,
            } => match escalations.first() {
                Some(escalation) => write!(
                    f,
                    " → {} {} ({})",
                    escalation.how,
                    display_name(resource),
                    escalation.evidence()
                ),
                None => Ok(()),
            },
        }
    }
}

impl EscalationPath {
    /// The alternatives for the last step, which the path's own text omits.
    fn alternatives(&self) -> Vec<String> {
        let (escalations, target) = match (&self.end, self.steps.last()) {
            (
                PathEnd::Control {
                    resource,
                    escalations,
                },
                _,
            ) => (escalations, display_name(resource)),
            (PathEnd::Identity { .. }, Some(step)) => {
                (&step.escalations, address(&step.to).to_owned())
            }
            (PathEnd::Identity { .. }, None) => return Vec::new(),
        };
        let others = escalations.iter().skip(1);
        others
            .map(|other| format!("{} {target} ({})", other.how, other.evidence()))
            .collect()
    }
}

impl fmt::Display for Undetermined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Membership { principal, binding } => write!(
                f,
                "whether {} is a member of {}, which has {binding}",
                address(principal),
                binding.member
            ),
            Self::Role { binding, .. } => {
                let role = &binding.role;
                write!(f, "the permissions of {role}, not read: {binding}")
            }
        }
    }
}

impl fmt::Display for EffectiveGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    {}", self.binding.describe(&self.resource))?;
        for permission in &self.permissions {
            match Sensitivity::of(permission) {
                Some(sensitivity) => writeln!(f, "      {permission} ({})", sensitivity.verb())?,
                None => writeln!(f, "      {permission}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for EffectiveAccess {
    /// Lists each grant once, at the resource whose policy has the binding.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        let not_inherited = |grant: &&EffectiveGrant| grant.resource == grant.binding.resource;
        for grant in self.grants.iter().filter(not_inherited) {
            if last != Some(&grant.resource) {
                writeln!(f, "  {}", display_name(&grant.resource))?;
                last = Some(&grant.resource);
            }
            write!(f, "{grant}")?;
        }
        match last {
            Some(_) => Ok(()),
            None => writeln!(f, "  none"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\ndirect access\n{}", self.principal, self.direct)?;
        writeln!(f, "indirect access")?;
        for path in &self.indirect.paths {
            writeln!(f, "  {path}")?;
            for alternative in path.alternatives() {
                writeln!(f, "    or {alternative}")?;
            }
        }
        if self.indirect.paths.is_empty() {
            writeln!(f, "  none")?;
        }
        let undetermined = self.direct.undetermined.union(&self.indirect.undetermined);
        write_unknowns(f, undetermined, &self.read_failures)
    }
}

impl fmt::Display for ResourceAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resource = display_name(&self.resource);
        writeln!(f, "{} on {resource}\n\ndirect access", self.principal)?;
        if self.direct.is_empty() {
            writeln!(f, "  none")?;
        }
        for grant in &self.direct {
            write!(f, "{grant}")?;
        }
        writeln!(f, "\nindirect access")?;
        if self.indirect.is_empty() {
            writeln!(f, "  none")?;
        }
        for indirect in &self.indirect {
            writeln!(f, "  {}", indirect.path)?;
            for grant in &indirect.grants {
                write!(f, "{grant}")?;
            }
        }
        write_unknowns(f, self.undetermined.iter(), &self.read_failures)
    }
}

fn write_unknowns<'a>(
    f: &mut fmt::Formatter<'_>,
    undetermined: impl Iterator<Item = &'a Undetermined>,
    read_failures: &[ReadFailure],
) -> fmt::Result {
    let undetermined: Vec<String> = undetermined.map(ToString::to_string).collect();
    let failures = read_failures.iter();
    let failures = failures.map(|failure| format!("{}: {}", failure.what, failure.reason));
    let sections = [
        ("undetermined", undetermined),
        ("not read", failures.collect()),
    ];
    for (title, lines) in sections {
        if !lines.is_empty() {
            writeln!(f, "\n{title}")?;
        }
        for line in lines {
            writeln!(f, "  {line}")?;
        }
    }
    Ok(())
}
