//! The grammar of `groundcrew access`.

use clap::{Args, Subcommand};
use names::{FullName, Member, ProjectId};

#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// Say what a principal may do in a project, and through which binding or path
    #[command(after_help = "\
Examples:
  groundcrew access explain resource-manager@my-home.iam.gserviceaccount.com
  groundcrew access explain user:ann@example.com --project customer-project
  groundcrew access explain group:ops@example.com --resource gs://customer-data
  groundcrew access explain ann@example.com --json

First what it may do directly, by resource and binding; then whom it could
become and whose access it could change, each with the path; then what could not
be read. It only reads, with your own credentials.

A resource is a full name (//cloudresourcemanager.googleapis.com/projects/p) or
gs://BUCKET.")]
    Explain(ExplainArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// user:…, group: or serviceAccount: and an address, or an address alone
    #[arg(value_parser = principal)]
    pub(crate) principal: Member,
    /// The project to read [default: the one that jobs run in]
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<ProjectId>,
    /// Only this resource
    #[arg(long, value_name = "RESOURCE", value_parser = resource)]
    pub(crate) resource: Option<FullName>,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Talk to Google Cloud instead of the local cloud; groundcrew lives in
    /// HOME (unverified: nobody has run this against Google yet)
    #[arg(long, value_name = "HOME", help_heading = "Cloud")]
    pub(crate) google: Option<ProjectId>,
}

/// An address alone is a service account's if Google made it, else a user's.
fn principal(text: &str) -> Result<Member, String> {
    let full = match (text.contains(':'), text.ends_with(".gserviceaccount.com")) {
        (true, _) => text.to_owned(),
        (false, true) => format!("serviceAccount:{text}"),
        (false, false) => format!("user:{text}"),
    };
    full.parse()
        .map_err(|error: names::InvalidName| error.to_string())
}

fn resource(text: &str) -> Result<FullName, String> {
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
    fn an_address_alone_is_an_accounts_or_a_users() {
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
