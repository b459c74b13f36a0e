//! The options of `groundcrew access`.

use clap::{Args, Subcommand};
use names::{FullResourceName, Member, ProjectId};
use std::ffi::OsString;

#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// Explain what a principal may do in a project, through which binding or path
    #[command(after_help = "\
Examples:
  groundcrew access explain resource-manager@my-home.iam.gserviceaccount.com
  groundcrew access explain user:ann@example.com --project customer-project
  groundcrew access explain group:ops@example.com --resource gs://customer-data
  groundcrew access explain ann@example.com --json

Prints what the principal may do directly, by resource and binding; then the
identities that it can act as and the resources whose policy it can change, each
with the path; then what could not be read. Only reads, with your credentials.

A resource is a full name (//cloudresourcemanager.googleapis.com/projects/p) or
gs://BUCKET.")]
    Explain(ExplainArgs),
    /// Run a command in the local cloud, and print the least role that it needed
    #[command(after_help = "\
Examples:
  groundcrew access record -- sh publish.sh > role.yaml
  groundcrew access record --enforce -- sh publish.sh
  groundcrew access record --minimal --json -- sh publish.sh

The command finds the local cloud instead of Google, as with `groundcrew local
exec`, as a new service account to which nothing is refused; it is removed
afterwards. Without a running local cloud, one is started for the command. What
the command prints goes to standard error, as does what was used where.

Standard output is a custom role for
  gcloud iam roles create ID --project=PROJECT --file=role.yaml

Exits as the command does, or with 255 if it cannot be run.")]
    Record(RecordArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// The project of the role, and of tools that are told no other [default: the
    /// local cloud's home project]
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<ProjectId>,
    /// Run the command again with just that role, as another new account
    #[arg(long)]
    pub(crate) enforce: bool,
    /// Leave out the permissions without which the command succeeds: run it again
    /// for each
    #[arg(long)]
    pub(crate) minimal: bool,
    /// Print JSON: the role, and what was used where
    #[arg(long)]
    pub(crate) json: bool,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// user:…, group:… or serviceAccount:…, or an email address alone
    #[arg(value_parser = principal)]
    pub(crate) principal: Member,
    /// The project to read [default: the one that jobs run in]
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<ProjectId>,
    /// Only this resource
    #[arg(long, value_name = "RESOURCE", value_parser = resource)]
    pub(crate) resource: Option<FullResourceName>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Use Google Cloud, with groundcrew deployed in project HOME, instead of the
    /// local cloud (not yet tested against Google Cloud)
    #[arg(long, value_name = "HOME", help_heading = "Cloud")]
    pub(crate) google: Option<ProjectId>,
}

/// An address without a type is a service account if it ends with
/// `.gserviceaccount.com`, else a user.
fn principal(text: &str) -> Result<Member, String> {
    let full = match (text.contains(':'), text.ends_with(".gserviceaccount.com")) {
        (true, _) => text.to_owned(),
        (false, true) => format!("serviceAccount:{text}"),
        (false, false) => format!("user:{text}"),
    };
    full.parse()
        .map_err(|error: names::InvalidName| error.to_string())
}

fn resource(text: &str) -> Result<FullResourceName, String> {
    let full = match text.strip_prefix("gs://") {
        Some(bucket) => {
            let bucket = bucket.trim_end_matches('/');
            format!("//storage.googleapis.com/projects/_/buckets/{bucket}")
        }
        None => text.to_owned(),
    };
    full.parse()
        .map_err(|error: names::InvalidName| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_type_is_a_service_account_or_a_user() {
        for (text, full) in [
            (
                "a@demo-project.iam.gserviceaccount.com",
                "serviceAccount:a@demo-project.iam.gserviceaccount.com",
            ),
            (
                "1-compute@developer.gserviceaccount.com",
                "serviceAccount:1-compute@developer.gserviceaccount.com",
            ),
            ("ann@example.com", "user:ann@example.com"),
            ("group:ops@example.com", "group:ops@example.com"),
        ] {
            assert_eq!(principal(text).expect("valid").as_str(), full);
        }
        let error = principal("serviceAccount:ann@example.com").expect_err("a user's address");
        assert!(error.contains("serviceAccount:ann@example.com"), "{error}");
        assert_eq!(
            resource("gs://data/").expect("valid").as_str(),
            "//storage.googleapis.com/projects/_/buckets/data"
        );
    }
}
