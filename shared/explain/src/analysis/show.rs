//! An explanation, for people to read.

use super::{
    EffectiveAccess, EffectiveGrant, Escalation, EscalationPath, Evidence, Explanation,
    GrantingBinding, PathEnd, ReadFailure, SensitiveAccess, Sensitivity, Undetermined,
    kind::display_name,
};
use names::{FullName, Member};
use std::{collections::BTreeSet, fmt};

/// Without `serviceAccount:` and the like.
fn address(member: &Member) -> &str {
    let text = member.as_str();
    text.split_once(':').map_or(text, |(_, address)| address)
}

/// A project's own role by its id: whose it is, the binding's place tells.
fn role(name: &str) -> &str {
    match name.strip_prefix("projects/") {
        Some(custom) => custom.rsplit('/').next().unwrap_or(custom),
        None => name,
    }
}

fn list(permissions: &BTreeSet<String>) -> String {
    let all: Vec<&str> = permissions.iter().map(String::as_str).collect();
    all.join(", ")
}

impl GrantingBinding {
    /// `by roles/viewer on project p if …`, the place left out where it is
    /// `known`.
    fn words(&self, known: &FullName) -> String {
        let mut text = format!("by {}", role(&self.role));
        if self.on != *known {
            text = format!("{text} on {}", display_name(&self.on));
        }
        let of_many = matches!(
            self.member.split_once(':'),
            None | Some((
                "domain" | "group" | "projectOwner" | "projectEditor" | "projectViewer",
                _
            ))
        );
        if of_many {
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
            display_name(&self.on)
        )?;
        match &self.condition {
            Some(condition) => write!(f, " if {}", condition.expression),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            permission, on, by, ..
        } = self;
        match &self.given {
            None => write!(f, "{permission} on {} {}", display_name(on), by.words(on)),
            Some(with) => write!(
                f,
                "{permission} on {}, which it gives itself with {with} {}",
                display_name(on),
                by.words(on)
            ),
        }
    }
}

impl Escalation {
    fn evidence(&self) -> String {
        let mut needs: Vec<String> = self.needs.iter().map(Evidence::to_string).collect();
        needs.extend(self.role.as_ref().map(|role| format!("it has {role}")));
        needs.join("; ")
    }
}

impl fmt::Display for SensitiveAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, on) = (self.power.words(), display_name(&self.on));
        let place = match self.power {
            Sensitivity::ReadsData => "of",
            Sensitivity::Decrypts => "with",
            Sensitivity::Becomes | Sensitivity::ChangesAccess => "in",
        };
        let by = self.through.words(&self.on);
        write!(f, "{words} {place} {on} ({} {by})", list(&self.permissions))
    }
}

impl fmt::Display for EscalationPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(address(&self.from))?;
        for step in &self.steps {
            // There is one at least.
            if let Some(way) = step.ways.first() {
                write!(
                    f,
                    " → {} {} ({})",
                    way.how,
                    address(&step.to),
                    way.evidence()
                )?;
            }
        }
        match &self.end {
            PathEnd::Identity { gains } if gains.is_empty() => Ok(()),
            PathEnd::Identity { gains } => {
                let gains: Vec<String> = gains.iter().map(SensitiveAccess::to_string).collect();
                write!(f, " → {}", gains.join("; "))
            }
            PathEnd::Control { over, ways } => match ways.first() {
                Some(way) => write!(
                    f,
                    " → {} {} ({})",
                    way.how,
                    display_name(over),
                    way.evidence()
                ),
                None => Ok(()),
            },
        }
    }
}

impl EscalationPath {
    /// The other ways of the last step, which the text of the path leaves out.
    fn others(&self) -> Vec<String> {
        let (ways, end) = match (&self.end, self.steps.last()) {
            (PathEnd::Control { over, ways }, _) => (ways, display_name(over)),
            (PathEnd::Identity { .. }, Some(step)) => (&step.ways, address(&step.to).to_owned()),
            (PathEnd::Identity { .. }, None) => return Vec::new(),
        };
        let others = ways.iter().skip(1);
        others
            .map(|way| format!("{} {end} ({})", way.how, way.evidence()))
            .collect()
    }
}

impl fmt::Display for Undetermined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Membership { who, through } => {
                let (who, named) = (address(who), &through.member);
                write!(f, "whether {who} is in {named}, which has {through}")
            }
            Self::Role { through, .. } => {
                write!(
                    f,
                    "what {} permits, which was not read: {through}",
                    through.role
                )
            }
        }
    }
}

impl EffectiveAccess {
    /// The grants on one resource, those of the policies above included.
    pub fn on<'a>(&'a self, resource: &'a FullName) -> impl Iterator<Item = &'a EffectiveGrant> {
        let all = self.grants.iter();
        all.filter(move |grant| grant.resource == *resource)
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        // Where the binding is; what lies there inherits it.
        let own = |grant: &&EffectiveGrant| grant.resource == grant.through.on;
        for grant in self.grants.iter().filter(own) {
            if last != Some(&grant.resource) {
                writeln!(f, "  {}", display_name(&grant.resource))?;
                last = Some(&grant.resource);
            }
            grant.show(f)?;
        }
        match last {
            Some(_) => Ok(()),
            None => writeln!(f, "  nothing"),
        }
    }
}

impl EffectiveGrant {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    {}", self.through.words(&self.resource))?;
        for permission in &self.permissions {
            match Sensitivity::of(permission) {
                Some(power) => writeln!(f, "      {permission} ({})", power.words())?,
                None => writeln!(f, "      {permission}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for EffectiveGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\ndirectly", self.who)?;
        self.direct.show(f)?;
        writeln!(f, "\nthrough others")?;
        for path in &self.through.paths {
            writeln!(f, "  {path}")?;
            for other in path.others() {
                writeln!(f, "    or {other}")?;
            }
        }
        if self.through.paths.is_empty() {
            writeln!(f, "  nothing")?;
        }
        let open = self.direct.open.union(&self.through.open);
        unknown(f, open, &self.gaps)
    }
}

/// What could not be told, and what could not be read.
pub(super) fn unknown<'a>(
    f: &mut fmt::Formatter<'_>,
    open: impl Iterator<Item = &'a Undetermined>,
    gaps: &[ReadFailure],
) -> fmt::Result {
    let open: Vec<String> = open.map(Undetermined::to_string).collect();
    let gaps = gaps.iter();
    let gaps = gaps.map(|gap| format!("{}: {}", gap.what, gap.why));
    for (title, lines) in [("not known", open), ("not read", gaps.collect())] {
        if !lines.is_empty() {
            writeln!(f, "\n{title}")?;
        }
        for line in lines {
            writeln!(f, "  {line}")?;
        }
    }
    Ok(())
}
