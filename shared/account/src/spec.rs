//! What a user says of a project that is to be set up. Pure.

use names::{BucketName, CryptoKeyName, DeploymentName, InvalidName, Location, ProjectId, Region};
use plan::Secret;
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, str::FromStr};
use thiserror::Error;

/// What a user says of a project: `groundcrew.yaml`. Whom the project invites
/// is not said here, but in groundcrew's own configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawSpec", into = "RawSpec")]
pub struct Spec {
    /// The project.
    pub project: ProjectId,
    /// The name of the deployment, which marks what groundcrew makes.
    pub deployment: DeploymentName,
    /// Where the bucket is.
    pub location: Location,
    /// Where the key is; with the bucket, if nothing is said.
    kms_location: Option<Location>,
    /// The bucket; named after the project, if nothing is said.
    bucket: Option<BucketName>,
    /// Where machines run; where groundcrew's other machines do, if nothing is
    /// said.
    pub regions: Vec<Region>,
    /// The subnetwork that machines are on, by its name, in each region; a
    /// network is made for them if nothing is said.
    pub subnetwork: Option<String>,
    /// The file that holds the user's SSH key, from where the spec lies.
    pub ssh_key_file: Option<PathBuf>,
    /// What is to become of the user's SSH key.
    pub ssh_key: SshKey,
}

/// What is to become of the user's SSH key, which is in the project only as
/// ciphertext.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SshKey {
    /// It stays as it is, if there is one.
    #[default]
    Kept,
    /// It is this.
    Given(Secret),
    /// There is to be none.
    Forgotten,
}

/// The fields before each is checked, so that a fault can name its field.
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
    ssh_key: Option<PathBuf>,
}

impl TryFrom<RawSpec> for Spec {
    type Error = String;

    fn try_from(written: RawSpec) -> Result<Self, String> {
        let usual = Self::of(field("project", &written.project)?);
        Ok(Self {
            deployment: optional("deployment", written.deployment)?.unwrap_or(usual.deployment),
            location: optional("location", written.location)?.unwrap_or(usual.location),
            kms_location: optional("kms_location", written.kms_location)?,
            bucket: optional("bucket", written.bucket)?,
            regions: written
                .regions
                .iter()
                .map(|region| field("regions", region))
                .collect::<Result<_, _>>()?,
            subnetwork: written.subnetwork.map(subnetwork).transpose()?,
            ssh_key_file: written.ssh_key,
            ssh_key: usual.ssh_key,
            project: usual.project,
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
            ssh_key: spec.ssh_key_file,
        }
    }
}

/// A spec that cannot be used. `Display` says where, what, and what is allowed.
#[derive(Debug, Error)]
pub enum SpecError {
    /// A field is missing, unknown or not of its form, or it is no YAML.
    #[error("{file}: {fault}")]
    Invalid {
        /// The file.
        file: String,
        /// The field, what is wrong, and what is allowed.
        fault: String,
    },
    /// It is of another project than the one that was asked for.
    #[error("{file}: project: it is {found}, and {asked} was asked for")]
    Project {
        /// The file.
        file: String,
        /// The project in it.
        found: ProjectId,
        /// The other one.
        asked: ProjectId,
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

/// A subnetwork's name, as machines are told it.
fn subnetwork(text: String) -> Result<String, String> {
    // The project and the region do not matter for the form.
    let any = format!("projects/project/regions/us-central1/subnetworks/{text}");
    match any.parse::<names::SubnetworkName>() {
        Ok(_) => Ok(text),
        Err(_) => Err(format!(
            "subnetwork: {text:?} is not the name of a subnetwork, such as `default`, in the project"
        )),
    }
}

impl Spec {
    /// The spec of a project of which nothing else is said.
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
            ssh_key_file: None,
            ssh_key: SshKey::Kept,
        }
    }

    /// Reads the YAML (or JSON) `text` of `file`, which must be of the project
    /// `asked`, if one was asked for.
    ///
    /// # Errors
    /// See [`SpecError`].
    pub fn parse(file: &str, text: &str, asked: Option<&ProjectId>) -> Result<Self, SpecError> {
        let read = || {
            let written: RawSpec = yaml_serde::from_str(text).map_err(|e| e.to_string())?;
            Self::try_from(written)
        };
        let spec = read().map_err(|fault| SpecError::Invalid {
            file: file.to_owned(),
            fault,
        })?;
        match asked {
            Some(asked) if *asked != spec.project => Err(SpecError::Project {
                file: file.to_owned(),
                found: spec.project,
                asked: asked.clone(),
            }),
            Some(_) | None => Ok(spec),
        }
    }

    /// Where the key is.
    #[must_use]
    pub fn kms_location(&self) -> &Location {
        self.kms_location.as_ref().unwrap_or(&self.location)
    }

    /// The key of the deployment.
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

    /// The bucket of the deployment: `{project}-groundcrew` if the spec names
    /// none.
    ///
    /// # Panics
    /// Never: 30 characters of a project's id and 11 more make a bucket's name.
    #[must_use]
    pub fn bucket(&self) -> BucketName {
        let own = || format!("{}-groundcrew", self.project).parse();
        let own = || own().expect("a bucket's name");
        self.bucket.clone().unwrap_or_else(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Spec, String> {
        Spec::parse("groundcrew.yaml", text, None).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_follows_from_the_project() {
        let spec = parse("project: customer-project\n").expect("valid");
        assert_eq!(spec, Spec::of("customer-project".parse().expect("valid")));
        assert_eq!(spec.bucket().as_str(), "customer-project-groundcrew");
        assert_eq!(spec.kms_location().as_str(), "us-central1");
        let all = "project: customer-project\ndeployment: blue\nlocation: europe-west4\n\
                   kms_location: eu\nbucket: their-bucket\nregions: [us-east1, us-central1]\n\
                   subnetwork: theirs\nssh_key: keys/id_ed25519\n";
        let spec = parse(all).expect("valid");
        assert_eq!(spec.deployment.as_str(), "blue");
        assert_eq!(spec.bucket().as_str(), "their-bucket");
        assert_eq!(spec.kms_location().as_str(), "eu");
        let regions: Vec<&str> = spec.regions.iter().map(Region::as_str).collect();
        assert_eq!(regions, ["us-east1", "us-central1"]);
        assert_eq!(spec.subnetwork.as_deref(), Some("theirs"));
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
    fn what_is_wrong_is_named_with_file_field_and_what_is_allowed() {
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
        let asked = "other-project".parse().expect("valid");
        let error = Spec::parse("x.yaml", "project: customer-project", Some(&asked));
        assert_eq!(
            error.expect_err("another").to_string(),
            "x.yaml: project: it is customer-project, and other-project was asked for"
        );
    }
}
