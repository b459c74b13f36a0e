//! The spec of a product, `products/NAME.yaml`. Pure.

use crate::Team;
use names::{
    BillingAccountName, DeploymentId, EnvironmentName, Location, Member, ParentName, ProductName,
    ProjectId, RoleName, ServiceName,
};
use plan::FolderId;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// A product: a folder with a project for each of its environments, and a meta
/// project, which has the account that administers them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Its name, which its folder and its projects have: 3 to 20 lower-case letters,
    /// digits and hyphens.
    #[schemars(with = "String")]
    pub name: ProductName,
    /// What its folder is made in: `folders/NUMBER` or `organizations/NUMBER`.
    #[schemars(with = "String")]
    pub parent: ParentName,
    /// The billing account that pays for it: `012345-6789AB-CDEF01`.
    #[schemars(with = "String")]
    #[serde(deserialize_with = "billing_account")]
    pub billing_account: BillingAccountName,
    /// Where its buckets are, and where its jobs run: a region such as `europe-west4`.
    #[schemars(with = "String")]
    pub location: Location,
    /// Its environments, such as `staging` and `production`: a project each.
    #[schemars(with = "BTreeMap<String, Option<Environment>>")]
    #[serde(deserialize_with = "entries")]
    pub environments: BTreeMap<EnvironmentName, Environment>,
    /// APIs that every environment has, such as `run.googleapis.com`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub apis: BTreeSet<String>,
    /// Labels of all projects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The people.
    #[serde(default)]
    pub team: Team,
    /// The processes of the product: each has an account of its own in each
    /// environment, `process-NAME`.
    #[schemars(with = "BTreeMap<String, Option<Process>>")]
    #[serde(
        default,
        deserialize_with = "entries",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub processes: BTreeMap<String, Process>,
    /// What the product may cost in a month. Google reports it, and stops nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// What may be left out.
    #[serde(default)]
    pub options: Options,
}

/// An environment of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Environment {
    /// The ID of its project; by default `PRODUCT-ENVIRONMENT-` and four digits.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// APIs that only it has.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub apis: BTreeSet<String>,
    /// Labels that only it has.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Who has a level in this environment only; owners are those of the product.
    pub team: Team,
    /// Who else has which role on its project.
    #[schemars(with = "BTreeMap<String, BTreeSet<String>>")]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub iam: BTreeMap<RoleName, BTreeSet<Member>>,
}

/// A process of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Process {
    /// What its account has on the project of each environment.
    #[schemars(with = "BTreeSet<String>")]
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub roles: BTreeSet<RoleName>,
}

/// A monthly budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The amount, in whole units of the currency.
    pub amount: u64,
    /// The currency of the billing account, such as `EUR`.
    pub currency: String,
    /// At which percentages of the amount Google reports.
    #[serde(default = "thresholds")]
    pub thresholds: BTreeSet<u32>,
}

/// What may be left out of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Whether each project has a lien against its deletion.
    pub lien: bool,
    /// Whether each environment is set up for groundcrew's jobs.
    pub jobs: bool,
    /// What becomes of the access that Google gives to default service accounts.
    pub default_accounts: DefaultAccounts,
    /// What becomes of the network that Google makes in a project.
    pub default_network: DefaultNetwork,
    /// The roles of `terraform-deploy` on its project.
    #[schemars(with = "Option<BTreeSet<String>>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terraform_roles: Option<BTreeSet<RoleName>>,
}

/// What becomes of the Editor role of default service accounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DefaultAccounts {
    /// It is taken from them.
    #[default]
    Deprivilege,
    /// They keep it.
    Keep,
}

/// What becomes of the network `default`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DefaultNetwork {
    /// It is deleted, with the rules that let everybody in.
    #[default]
    Delete,
    /// It stays.
    Keep,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lien: true,
            jobs: true,
            default_accounts: DefaultAccounts::Deprivilege,
            default_network: DefaultNetwork::Delete,
            terraform_roles: None,
        }
    }
}

fn thresholds() -> BTreeSet<u32> {
    [50, 70, 100].into()
}

fn billing_account<'de, D: Deserializer<'de>>(from: D) -> Result<BillingAccountName, D::Error> {
    let text = String::deserialize(from)?;
    let name = match text.contains('/') {
        true => text,
        false => format!("billingAccounts/{text}"),
    };
    name.parse().map_err(de::Error::custom)
}

/// An environment or a process without fields may be written as `staging:`.
fn entries<'de, D, K, V>(from: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de> + Default,
{
    let all: BTreeMap<K, Option<V>> = Deserialize::deserialize(from)?;
    let all = all.into_iter();
    Ok(all
        .map(|(name, fields)| (name, fields.unwrap_or_default()))
        .collect())
}

/// An invalid spec. `Display` says where, what, and what is allowed.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{file}: {fault}")]
pub struct SpecError {
    /// Path of the file.
    pub file: String,
    /// The field, the problem, and what is allowed.
    pub fault: String,
}

/// The schema of a spec, by which an editor completes one.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Spec).to_value()
}

/// The longest name and environment together: a project's ID has at most 30
/// characters, of which six are hyphens and the digits at its end.
const MAX_NAMES: usize = 24;

impl Spec {
    /// Parses the YAML (or JSON) `text` of `file`.
    ///
    /// # Errors
    /// The text is not a spec.
    pub fn parse(file: &str, text: &str) -> Result<Self, SpecError> {
        let read = || {
            let spec: Self =
                yaml_serde::from_str(text).map_err(|error| with_nearest(&error.to_string()))?;
            spec.check()?;
            Ok(spec)
        };
        read().map_err(|fault| SpecError {
            file: file.to_owned(),
            fault,
        })
    }

    fn check(&self) -> Result<(), String> {
        if self.environments.is_empty() {
            return Err("environments: a product has at least one".to_owned());
        }
        let mut projects = BTreeSet::new();
        for (name, environment) in &self.environments {
            let length = self.name.as_str().len() + name.as_str().len();
            if environment.project.is_none() && length > MAX_NAMES {
                return Err(format!(
                    "environments.{name}: {name} and {} have {length} characters together, at \
                     most {MAX_NAMES} fit into a project's ID: give the project's ID by `project:`",
                    self.name
                ));
            }
            if name.as_str() == "meta" {
                return Err("environments.meta: the meta project has that name".to_owned());
            }
            if let Some(project) = &environment.project
                && !projects.insert(project)
            {
                return Err(format!(
                    "environments.{name}.project: another environment has {project}"
                ));
            }
            if !environment.team.owners.is_empty() {
                return Err(format!(
                    "environments.{name}.team.owners: owners are those of the whole product, in \
                     `team.owners`"
                ));
            }
            // Owner would be taken back from them as what Google grants by itself.
            if environment
                .iam
                .keys()
                .any(|role| role.as_str() == "roles/owner")
            {
                return Err(format!(
                    "environments.{name}.iam: owners are those of the whole product, in \
                     `team.owners`"
                ));
            }
            check_apis(&format!("environments.{name}.apis"), &environment.apis)?;
            check_labels(&format!("environments.{name}.labels"), &environment.labels)?;
        }
        check_apis("apis", &self.apis)?;
        check_labels("labels", &self.labels)?;
        for process in self.processes.keys() {
            let is_label = process.parse::<EnvironmentName>().is_ok();
            if !is_label {
                return Err(format!(
                    "processes: {process:?} is not 1 to 16 lower-case letters, digits and hyphens, \
                     a letter first"
                ));
            }
        }
        if let Some(budget) = &self.budget {
            let letters = budget.currency.bytes().all(|b| b.is_ascii_uppercase());
            if budget.currency.len() != 3 || !letters {
                return Err(format!(
                    "budget.currency: {:?} is not three capital letters such as EUR",
                    budget.currency
                ));
            }
            if budget.amount == 0 || budget.thresholds.iter().any(|percent| *percent == 0) {
                return Err("budget: the amount and its thresholds are above zero".to_owned());
            }
        }
        Ok(())
    }

    /// The product's folder.
    #[must_use]
    pub fn folder(&self) -> FolderId {
        FolderId {
            parent: self.parent.clone(),
            display_name: self.name.to_string(),
        }
    }

    /// The product among those of all parents: what its record and the marks of its
    /// resources say.
    #[must_use]
    pub fn id(&self) -> DeploymentId {
        DeploymentId::of_product(&self.parent, &self.name)
    }
}

fn check_apis(field: &str, apis: &BTreeSet<String>) -> Result<(), String> {
    let any: ProjectId = "any-project".parse().map_err(|e| format!("{e}"))?;
    for api in apis {
        let name = ServiceName::new(any.clone(), api);
        name.map_err(|_| format!("{field}: {api:?} is not an API such as run.googleapis.com"))?;
    }
    Ok(())
}

/// Which labels Resource Manager accepts. groundcrew's own begin with its name.
fn check_labels(field: &str, labels: &BTreeMap<String, String>) -> Result<(), String> {
    let letter = |c: char| c.is_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let plain = |text: &str| text.chars().count() <= 63 && text.chars().all(letter);
    for (key, value) in labels {
        if !key.starts_with(char::is_lowercase) || !plain(key) || !plain(value) {
            return Err(format!(
                "{field}: {key}: {value}: a label has at most 63 lower-case letters, digits, \
                 hyphens and underscores, its key a letter first"
            ));
        }
        if key.starts_with("groundcrew") {
            return Err(format!(
                "{field}: {key}: groundcrew makes its labels itself"
            ));
        }
    }
    Ok(())
}

/// The fault with the known field that is nearest to an unknown one.
fn with_nearest(fault: &str) -> String {
    let mut quoted = fault.split('`').skip(1).step_by(2);
    let Some(unknown) = quoted.next().filter(|_| fault.contains("unknown field")) else {
        return fault.to_owned();
    };
    let nearest = quoted.max_by(|a, b| {
        let to_unknown = |known| strsim::jaro_winkler(unknown, known);
        to_unknown(a).total_cmp(&to_unknown(b))
    });
    match nearest.filter(|known| strsim::jaro_winkler(unknown, known) > 0.7) {
        Some(nearest) => format!("{fault}; did you mean `{nearest}`?"),
        None => fault.to_owned(),
    }
}

#[cfg(test)]
mod tests;
