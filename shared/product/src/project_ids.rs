//! The IDs of a product's projects. Pure.

use crate::Spec;
use names::{EnvironmentName, ProjectId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The IDs of a product's projects: chosen once, and recorded. An ID is never free
/// again, so its end depends on the parent and on how many were taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectIds {
    /// Of the project that has the admin account.
    pub meta: ProjectId,
    /// Those of the environments, also of former ones.
    pub environments: BTreeMap<EnvironmentName, ProjectId>,
}

impl ProjectIds {
    /// The IDs of `spec`: those that were chosen `before`, and new ones for what is
    /// new in it. `taken` says how many IDs of a project have turned out to be
    /// someone else's.
    #[must_use]
    pub fn of(spec: &Spec, before: Option<&Self>, taken: impl Fn(&str) -> u32) -> Self {
        let choose = |name: &str| choose(spec, name, taken(name));
        let environments = spec.environments.iter().map(|(name, environment)| {
            let given = environment.project.clone();
            let known = || before.and_then(|before| before.environments.get(name).cloned());
            let id = given.or_else(known);
            (name.clone(), id.unwrap_or_else(|| choose(name.as_str())))
        });
        Self {
            meta: before.map_or_else(|| choose("meta"), |before| before.meta.clone()),
            environments: environments.collect(),
        }
    }

    /// The name of the environment, or `meta`, whose project has this ID.
    #[must_use]
    pub fn name_of(&self, project: &ProjectId) -> Option<&str> {
        if self.meta == *project {
            return Some("meta");
        }
        let mut all = self.environments.iter();
        all.find(|(_, id)| *id == project)
            .map(|(name, _)| name.as_str())
    }
}

fn choose(spec: &Spec, name: &str, taken: u32) -> ProjectId {
    let seed = format!("{}/{name}/{taken}", spec.id());
    let digits = Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes());
    let digits = digits.simple().to_string();
    let product = spec.name.as_str();
    // A project that is given an ID may have a longer name.
    let name: String = name.chars().take(24 - product.len().min(24)).collect();
    let id = format!("{product}-{}-{}", name.trim_end_matches('-'), &digits[..4]);
    id.parse()
        .unwrap_or_else(|error| unreachable!("{id}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Spec {
        let fixed = "name: shop\nbilling_account: 012345-6789AB-CDEF01\nlocation: us-central1\n";
        Spec::parse("x.yaml", &format!("{fixed}{text}")).expect("valid")
    }

    #[test]
    fn ids_are_chosen_once_and_differ_by_parent() {
        let staging = spec("parent: folders/1\nenvironments: {staging: }\n");
        let first = ProjectIds::of(&staging, None, |_| 0);
        assert_eq!(first, ProjectIds::of(&staging, None, |_| 0));
        let id = &first.environments.values().next().expect("one").to_string();
        assert!(id.starts_with("shop-staging-") && id.len() == 17, "{id}");
        let elsewhere = spec("parent: folders/2\nenvironments: {staging: }\n");
        assert_ne!(first, ProjectIds::of(&elsewhere, None, |_| 0));

        let more = spec("parent: folders/1\nenvironments: {staging: , production: }\n");
        let later = ProjectIds::of(&more, Some(&first), |_| 7);
        assert_eq!(later.meta, first.meta);
        let name = "staging".parse().expect("valid");
        assert_eq!(later.environments[&name], first.environments[&name]);
        assert_eq!(later.environments.len(), 2);
        assert_eq!(later.name_of(&later.meta), Some("meta"));
    }

    #[test]
    fn what_is_taken_is_not_chosen_again_and_what_is_given_counts() {
        let taken = |n| move |name: &str| if name == "meta" { n } else { 0 };
        let text = "parent: folders/1\nenvironments: {production: {project: their-project}}\n";
        let spec = spec(text);
        let (first, second) = (
            ProjectIds::of(&spec, None, taken(0)),
            ProjectIds::of(&spec, None, taken(1)),
        );
        assert_ne!(first.meta, second.meta);
        let given: ProjectId = "their-project".parse().expect("valid");
        assert_eq!(first.environments.values().next(), Some(&given));
    }
}
