//! What runs as a default identity: it shares that with everything else that nobody
//! gave an account of its own.

use crate::{Error, Factory};
use gcp::methods::{compute, run};
use names::ProjectId;
use plan::{ResourceId, is_absent, is_default_account};
use serde::Serialize;
use std::fmt;

/// A service or a machine that runs as a default identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DefaultIdentity {
    /// Where it runs.
    pub project: ProjectId,
    /// Such as `service web in us-central1`.
    pub what: String,
}

impl fmt::Display for DefaultIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} runs as a default identity",
            self.what, self.project
        )
    }
}

/// One that names no account runs as the default one.
fn is_default(account: &str) -> bool {
    account.is_empty() || is_default_account(account)
}

impl Factory {
    /// The services and machines of the product's environments that run as a default
    /// identity. Only reads.
    ///
    /// # Errors
    /// The ledger or a project could not be read.
    pub async fn default_identities(&self) -> Result<Vec<DefaultIdentity>, Error> {
        let mut found = Vec::new();
        let Some(product) = self.product().await? else {
            return Ok(found);
        };
        for project in product.projects.environments.values() {
            let failed = |error: gcp::Error| {
                Error::from(plan::Error {
                    operation: "reading what runs in",
                    id: Some(ResourceId::Project(project.clone())),
                    fault: error.into(),
                })
            };
            let of = |what: String| DefaultIdentity {
                project: project.clone(),
                what,
            };
            match run::list_services(self.client(), project).await {
                Ok(services) => {
                    let mut default = services;
                    default.retain(|service| is_default(&service.account));
                    found.extend(default.into_iter().map(|service| {
                        of(format!("service {} in {}", service.name, service.region))
                    }));
                }
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(failed(error)),
            }
            match compute::aggregated_list(self.client(), project, "").await {
                Ok(list) => {
                    let mut default = list.instances;
                    default.retain(|machine| {
                        let mut accounts = machine.service_accounts.iter().flatten();
                        accounts.any(|account| is_default(&account.email))
                    });
                    found.extend(default.into_iter().map(|machine| {
                        let zone = machine.zone().map(|zone| zone.to_string());
                        of(format!(
                            "machine {} in {}",
                            machine.name,
                            zone.unwrap_or_default()
                        ))
                    }));
                }
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(found)
    }
}

/// Whether nothing can run there: the API is off, or the project is deleted.
fn is_gone(error: &gcp::Error) -> bool {
    is_absent(error) || error.is_of_deleted_project() || error.lacks_permission()
}
