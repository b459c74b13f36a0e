//! What Terraform needs to act as an environment's account. Pure.

use crate::EnvironmentAccess;

/// The configuration of the `google` and `google-beta` providers and of the state,
/// in Terraform's language.
#[must_use]
pub fn snippet(environment: &EnvironmentAccess, region: &str) -> String {
    let EnvironmentAccess {
        project,
        terraform,
        state_bucket,
        ..
    } = environment;
    let provider = |name: &str| {
        format!(
            "provider \"{name}\" {{\n  project                     = \"{project}\"\n  region      \
             \x20               = \"{region}\"\n  impersonate_service_account = \"{terraform}\"\n}}\n"
        )
    };
    format!(
        "terraform {{\n  backend \"gcs\" {{\n    bucket                      = \"{state_bucket}\"\n    \
         impersonate_service_account = \"{terraform}\"\n  }}\n}}\n\n{}\n{}",
        provider("google"),
        provider("google-beta"),
    )
}
