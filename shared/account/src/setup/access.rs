//! Revokes the resource manager's access.

use super::{Setup, machines::RunningMachine};
use crate::{Revocation, instances_account, memory_store::NoStore, volume};
use gcp::methods::iam;
use names::ServiceAccountEmail;
use plan::{
    ApplyReport, DeploymentRecord, Engine, Error, EventSink, Fault, Observed, Ownership, Resource,
    ResourceId,
};
use std::sync::Arc;

/// The result of a revocation.
#[derive(Debug)]
pub struct Revoked {
    /// The outcome for each policy that contained a grant.
    pub report: ApplyReport,
    /// Grants that the resource manager still has, because someone else made
    /// them, and policies that cannot be seen.
    pub others: Vec<String>,
    /// The machines' accounts that were disabled, if that was requested.
    pub disabled: Vec<ServiceAccountEmail>,
    /// The machines that still run: groundcrew can no longer delete them.
    pub machines: Vec<RunningMachine>,
    /// What could not be read or disabled: more access may be left.
    pub errors: Vec<Error>,
}

impl Setup {
    /// Removes the resource manager's grants in the project. With
    /// `disable_accounts`, also disables the machines' accounts, which
    /// invalidates their tokens. The record, marks, folders and accounts tell
    /// which volumes there are; the record is not changed. If something cannot be
    /// read or removed, the rest is revoked all the same.
    ///
    /// # Errors
    /// The spec does not describe the deployment that the project has; nothing
    /// was done.
    pub async fn revoke(
        &self,
        disable_accounts: bool,
        events: EventSink<'_>,
    ) -> Result<Revoked, Vec<Error>> {
        let mut errors = Vec::new();
        let record = match self.recorded().await {
            Ok(record) => Some(record),
            Err(refused) if refused.iter().any(is_refusal) => return Err(refused),
            Err(unread) => {
                errors.extend(unread);
                None
            }
        };
        let marked = match self.marked().await {
            Ok((marked, observed)) => match self.other_deployment(&observed) {
                Some(other) => return Err(vec![other]),
                None => Some(marked),
            },
            Err(unread) => {
                errors.extend(unread);
                None
            }
        };
        let project = &self.spec.project;
        let records: Vec<DeploymentRecord> = record.into_iter().chain(marked).collect();
        let volumes = records
            .iter()
            .flat_map(|record| volume::found(record, project));
        let volumes = volumes.collect();
        let manifest = self.manifest(&volumes);
        let mut observed = Observed::new();
        for id in manifest.resources().map(Resource::id) {
            if let ResourceId::Policy(_) = id {
                match self.engine.observe([id].into()).await {
                    Ok(states) => observed.extend(states),
                    Err(unread) => errors.extend(unread),
                }
            }
        }
        let mut disabled = Vec::new();
        let of_volumes = volumes.iter().map(|volume| volume.account(project));
        let accounts = [instances_account(project)].into_iter().chain(of_volumes);
        for account in accounts.filter(|_| disable_accounts) {
            match self.disable(&account).await {
                Ok(true) => disabled.push(account),
                Ok(false) => {}
                Err(error) => errors.push(error),
            }
        }
        let engine = Engine::new(self.client.clone(), Arc::new(NoStore));
        let Revocation {
            plan,
            mut others,
            hidden,
        } = Revocation::of(&manifest, &self.resource_manager, &observed);
        let unseen = |id| format!("unknown grants in the {id}: its API is disabled");
        others.extend(hidden.into_iter().map(unseen));
        let applied = engine.apply(&self.empty_manifest(), &plan, events).await;
        let report = applied.map_err(|error| vec![error])?;
        let machines = self.machines().await.unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        Ok(Revoked {
            report,
            others,
            disabled,
            machines,
            errors,
        })
    }

    /// Refuses to revoke the access of another deployment, which has grants in the
    /// same policies.
    fn other_deployment(&self, observed: &Observed) -> Option<Error> {
        let ours = self.spec.deployment_id();
        observed.iter().find_map(|(id, state)| {
            let Ownership::MarkedBy(other) = &state.as_ref()?.ownership else {
                return None;
            };
            (other != ours.as_str()).then(|| Error {
                operation: "comparing the spec with",
                id: Some(id.clone()),
                fault: Fault::Refused(format!(
                    "it belongs to the deployment {other}, but `deployment:` is {} in {}",
                    self.spec.deployment, self.spec.project
                )),
            })
        })
    }

    /// Disables an account; `false` if it does not exist.
    async fn disable(&self, account: &ServiceAccountEmail) -> Result<bool, Error> {
        match iam::set_account_disabled(&self.client, account, true).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(Error {
                operation: "disabling",
                id: Some(ResourceId::Account(account.clone())),
                fault: error.into(),
            }),
        }
    }
}

fn is_refusal(error: &Error) -> bool {
    matches!(error.fault, Fault::Refused(_))
}
