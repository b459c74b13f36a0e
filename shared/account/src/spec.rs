//! The spec of a project, `groundcrew.yaml`. Pure.

use names::{
    BucketName, CryptoKeyName, DeploymentId, DeploymentName, Internet, InvalidName, Location,
    ProjectId, Region,
};
use plan::Secret;
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, str::FromStr};
use thiserror::Error;

/// For how many days the logs, records and checkpoints of jobs are kept.
const JOB_DAYS: u32 = 365;

/// A user's description of a project: `groundcrew.yaml`. The account that the
/// project invites is part of groundcrew's own configuration instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawSpec", into = "RawSpec")]
pub struct Spec {
    /// The project to set up, which must exist.
    pub project: ProjectId,
    /// The deployment's name, which marks the resources that groundcrew creates,
    /// together with the project.
    pub deployment: DeploymentName,
    /// The location of the bucket, a region or multi-region.
    pub location: Location,
    /// The key's location; by default that of the bucket.
    kms_location: Option<Location>,
    /// The bucket; by default named after the project.
    bucket: Option<BucketName>,
    /// The regions in which machines run; by default those of groundcrew's
    /// configuration.
    pub regions: Vec<Region>,
    /// The name of an existing subnetwork in each region; by default a network is
    /// created.
    pub subnetwork: Option<String>,
    /// How machines reach the internet; by default not.
    pub internet: Internet,
    /// After how many days Cloud Storage deletes the logs, records and checkpoints
    /// of jobs without a volume; 0: never. By default 365.
    job_days: Option<u32>,
    /// The file with the user's SSH key, relative to the spec.
    pub ssh_key_file: Option<PathBuf>,
    /// What happens to the user's SSH key.
    pub ssh_key: SshKey,
}

/// What happens to the user's SSH key, which the project contains only as
/// ciphertext.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SshKey {
    /// An existing key stays as it is.
    #[default]
    Kept,
    /// This key is encrypted and stored in the bucket.
    Given(Secret),
    /// An existing key is deleted from the bucket.
    Forgotten,
}

/// The unchecked fields, so that an error can name its field.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpec {
    project: String,
    deployment: Option<String>,
    location: Option<String>,
    kms_location: Option<String>,
    bucket: Option<String>,
    #[serde(default)]
    regions: Vec<String>,
    subnetwork: Option<String>,
    // Older versions do not know these.
    #[serde(skip_serializing_if = "Option::is_none")]
    internet: Option<Internet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job_days: Option<u32>,
    ssh_key: Option<PathBuf>,
}

impl TryFrom<RawSpec> for Spec {
    type Error = String;

    fn try_from(raw: RawSpec) -> Result<Self, String> {
        let defaults = Self::of(field("project", &raw.project)?);
        let internet = raw.internet.unwrap_or_default();
        if let (Internet::Nat, Some(subnetwork)) = (internet, &raw.subnetwork) {
            return Err(format!(
                "internet: nat serves the network that groundcrew creates, and subnetwork {subnetwork:?} \
                 is on another: leave one of the two out, or use address"
            ));
        }
        Ok(Self {
            deployment: optional("deployment", raw.deployment)?.unwrap_or(defaults.deployment),
            location: optional("location", raw.location)?.unwrap_or(defaults.location),
            kms_location: optional("kms_location", raw.kms_location)?,
            bucket: optional("bucket", raw.bucket)?,
            regions: raw
                .regions
                .iter()
                .map(|region| field("regions", region))
                .collect::<Result<_, _>>()?,
            subnetwork: raw.subnetwork.map(subnetwork).transpose()?,
            internet,
            job_days: raw.job_days,
            ssh_key_file: raw.ssh_key,
            ssh_key: defaults.ssh_key,
            project: defaults.project,
        })
    }
}

impl From<Spec> for RawSpec {
    fn from(spec: Spec) -> Self {
        Self {
            project: spec.project.to_string(),
            deployment: Some(spec.deployment.to_string()),
            location: Some(spec.location.to_string()),
            kms_location: spec.kms_location.map(|location| location.to_string()),
            bucket: spec.bucket.map(|bucket| bucket.to_string()),
            regions: spec.regions.iter().map(ToString::to_string).collect(),
            subnetwork: spec.subnetwork,
            internet: Some(spec.internet).filter(|internet| *internet != Internet::None),
            job_days: spec.job_days,
            ssh_key: spec.ssh_key_file,
        }
    }
}

/// An invalid spec. `Display` says where, what, and what is allowed.
#[derive(Debug, Error)]
pub enum SpecError {
    /// A field is missing, unknown or invalid, or the file is not YAML.
    #[error("{file}: {fault}")]
    Invalid {
        /// Path of the file.
        file: String,
        /// The field, the problem, and what is allowed.
        fault: String,
    },
    /// The spec describes another project than the requested one.
    #[error("{file}: project: it is {found}, but {requested} was requested")]
    Project {
        /// Path of the file.
        file: String,
        /// The project in the file.
        found: ProjectId,
        /// The requested project.
        requested: ProjectId,
    },
}

fn field<T: FromStr<Err = InvalidName>>(name: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("{name}: {error}"))
}

fn optional<T>(name: &str, text: Option<String>) -> Result<Option<T>, String>
where
    T: FromStr<Err = InvalidName>,
{
    text.map(|text| field(name, &text)).transpose()
}

/// Checks the short name of a subnetwork.
fn subnetwork(text: String) -> Result<String, String> {
    // Any project and region will do for this check.
    let any = format!("projects/project/regions/us-central1/subnetworks/{text}");
    match any.parse::<names::SubnetworkName>() {
        Ok(_) => Ok(text),
        Err(_) => Err(format!(
            "subnetwork: {text:?} is not the name of a subnetwork, such as `default`, in the project"
        )),
    }
}

impl Spec {
    /// The spec of a project with defaults only.
    ///
    /// # Panics
    /// Never: the other names are constants.
    #[must_use]
    pub fn of(project: ProjectId) -> Self {
        Self {
            project,
            deployment: "default".parse().expect("a deployment's name"),
            location: "us-central1".parse().expect("a region"),
            kms_location: None,
            bucket: None,
            regions: Vec::new(),
            subnetwork: None,
            internet: Internet::None,
            job_days: None,
            ssh_key_file: None,
            ssh_key: SshKey::Kept,
        }
    }

    /// Parses the YAML (or JSON) `text` of `file`, which must describe the project
    /// `requested`, if one was requested.
    ///
    /// # Errors
    /// See [`SpecError`].
    pub fn parse(file: &str, text: &str, requested: Option<&ProjectId>) -> Result<Self, SpecError> {
        let read = || {
            let raw: RawSpec = yaml_serde::from_str(text).map_err(|e| e.to_string())?;
            Self::try_from(raw)
        };
        let spec = read().map_err(|fault| SpecError::Invalid {
            file: file.to_owned(),
            fault,
        })?;
        match requested {
            Some(requested) if *requested != spec.project => Err(SpecError::Project {
                file: file.to_owned(),
                found: spec.project,
                requested: requested.clone(),
            }),
            Some(_) | None => Ok(spec),
        }
    }

    /// The location of the KMS key ring: the spec's own, or else the bucket's, by
    /// the name that Cloud KMS has for it.
    ///
    /// # Panics
    /// Never: the name is a constant.
    #[must_use]
    pub fn kms_location(&self) -> Location {
        match (&self.kms_location, self.location.as_str()) {
            (Some(location), _) => location.clone(),
            (None, "eu") => "europe".parse().expect("a location"),
            (None, _) => self.location.clone(),
        }
    }

    /// The deployment among those of all projects: what the record and the marks
    /// of its resources say.
    #[must_use]
    pub fn deployment_id(&self) -> DeploymentId {
        DeploymentId::new(&self.project, &self.deployment)
    }

    /// The deployment's key.
    ///
    /// # Panics
    /// Never: a deployment's name and 11 more characters make a key ring's.
    #[must_use]
    pub fn key(&self) -> CryptoKeyName {
        format!(
            "projects/{}/locations/{}/keyRings/groundcrew-{}/cryptoKeys/secrets",
            self.project,
            self.kms_location(),
            self.deployment
        )
        .parse()
        .expect("a key")
    }

    /// After how many days the objects of jobs are deleted, if ever.
    #[must_use]
    pub fn job_days(&self) -> Option<u32> {
        let days = self.job_days.unwrap_or(JOB_DAYS);
        (days > 0).then_some(days)
    }

    /// The deployment's bucket, by default `{project}-groundcrew`.
    ///
    /// # Panics
    /// Never: 30 characters of a project's id and 11 more make a bucket's name.
    #[must_use]
    pub fn bucket(&self) -> BucketName {
        let default = || format!("{}-groundcrew", self.project).parse();
        let default = || default().expect("a bucket's name");
        self.bucket.clone().unwrap_or_else(default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Spec, String> {
        Spec::parse("groundcrew.yaml", text, None).map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_follow_from_the_project() {
        let spec = parse("project: customer-project\n").expect("valid");
        assert_eq!(spec, Spec::of("customer-project".parse().expect("valid")));
        assert_eq!(spec.bucket().as_str(), "customer-project-groundcrew");
        assert_eq!(spec.kms_location().as_str(), "us-central1");
        assert_eq!(spec.job_days(), Some(365));
        for (days, kept) in [(0, None), (30, Some(30))] {
            let spec = format!("project: customer-project\njob_days: {days}\n");
            assert_eq!(parse(&spec).expect("valid").job_days(), kept);
        }
        let all = "project: customer-project\ndeployment: blue\nlocation: europe-west4\n\
                   kms_location: eu\nbucket: their-bucket\nregions: [us-east1, us-central1]\n\
                   subnetwork: theirs\ninternet: address\njob_days: 30\nssh_key: keys/id_ed25519\n";
        let spec = parse(all).expect("valid");
        assert_eq!(spec.deployment.as_str(), "blue");
        assert_eq!(spec.bucket().as_str(), "their-bucket");
        assert_eq!(spec.kms_location().as_str(), "eu");
        let regions: Vec<&str> = spec.regions.iter().map(Region::as_str).collect();
        assert_eq!(regions, ["us-east1", "us-central1"]);
        assert_eq!(spec.subnetwork.as_deref(), Some("theirs"));
        assert_eq!(spec.internet, Internet::Address);
        assert_eq!(
            spec.ssh_key_file.as_deref(),
            Some("keys/id_ed25519".as_ref())
        );
        let json = r#"{"project": "customer-project", "location": "us-central1"}"#;
        assert_eq!(parse(json), parse("project: customer-project"));
        let kept = serde_json::to_string(&spec).expect("plain data");
        assert_eq!(parse(&kept), Ok(spec));
    }

    #[test]
    fn a_multi_region_of_a_bucket_has_another_name_for_keys() {
        for (location, key) in [
            ("eu", "europe"),
            ("us", "us"),
            ("asia", "asia"),
            ("europe-west4", "europe-west4"),
        ] {
            let spec = parse(&format!(
                "project: customer-project\nlocation: {location}\n"
            ));
            assert_eq!(spec.expect("valid").kms_location().as_str(), key);
        }
    }

    #[test]
    fn an_error_names_the_file_the_field_and_what_is_allowed() {
        for (text, says) in [
            ("", vec!["project"]),
            ("location: us-central1", vec!["missing field `project`"]),
            (
                "project: Customer",
                vec!["project: project id \"Customer\"", "6 to 30"],
            ),
            (
                "project: customer-project\nbucket: B\n",
                vec!["bucket: bucket name \"B\"", "3 to 63"],
            ),
            (
                "project: customer-project\nregions: [us-central1, Mars]\n",
                vec!["regions: region \"Mars\""],
            ),
            (
                "project: customer-project\nsubnetwork: projects/p/regions/r/subnetworks/s\n",
                vec!["subnetwork: ", "name of a subnetwork"],
            ),
            (
                "project: customer-project\nsubnetwork: theirs\ninternet: nat\n",
                vec!["internet: nat", "subnetwork \"theirs\"", "address"],
            ),
            (
                "project: customer-project\ninternet: yes please\n",
                vec!["internet", "yes please", "`nat`"],
            ),
            (
                "project: customer-project\nlocation: [a]\n",
                vec!["location", "invalid type: sequence", "string"],
            ),
            (
                "project: customer-project\nresource_manager: me@x\n",
                vec![
                    "unknown field `resource_manager`",
                    "`deployment`",
                    "`kms_location`",
                    "line 2",
                ],
            ),
            (
                "project: customer-project\nproject: other-project\n",
                vec!["duplicate", "project"],
            ),
            ("project: [", vec!["line"]),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.starts_with("groundcrew.yaml: "), "{error}");
            for part in says {
                assert!(error.contains(part), "{text:?}: {part}: {error}");
            }
        }
        let requested = "other-project".parse().expect("valid");
        let error = Spec::parse("x.yaml", "project: customer-project", Some(&requested));
        assert_eq!(
            error.expect_err("another").to_string(),
            "x.yaml: project: it is customer-project, but other-project was requested"
        );
    }
}
