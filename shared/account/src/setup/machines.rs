//! The machines that run as the accounts of the setup: without it, groundcrew can
//! no longer delete them.

use super::Setup;
use crate::instances_account;
use gcp::{
    ApiPath, Request,
    methods::{
        compute::{self, Instance},
        iam::ACCOUNTS,
    },
};
use names::{ProjectId, ServiceAccountEmail, VolumeName, label};
use plan::{Error, Fault, ResourceId, is_absent};
use serde::Serialize;
use std::fmt;

/// A machine in the project that runs as an account of the setup. It costs money
/// in every state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunningMachine {
    /// As Compute Engine has it.
    pub name: String,
    /// Its zone; empty if it cannot be parsed.
    pub zone: String,
    /// The job that it was launched for, by its label.
    pub job: Option<String>,
    /// The account that it runs as.
    pub account: ServiceAccountEmail,
}

impl fmt::Display for RunningMachine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.name, self.zone)?;
        match &self.job {
            Some(job) => write!(f, " of the job {job}"),
            None => Ok(()),
        }
    }
}

impl Setup {
    /// A sample of every request that lists accounts and machines.
    pub(crate) fn listing_calls(project: &ProjectId) -> [Request; 2] {
        let machines = Request::new(&compute::INSTANCES_AGGREGATED_LIST);
        [
            ACCOUNTS.list(&project.path()),
            machines.path("project", project),
        ]
    }

    /// The machines that run as the accounts of the setup and of its volumes. Only
    /// reads.
    ///
    /// # Errors
    /// The machines of some zone could not be listed.
    pub async fn machines(&self) -> Result<Vec<RunningMachine>, Error> {
        let project = &self.spec.project;
        let failed = |fault| Error {
            operation: "listing the machines of",
            id: Some(ResourceId::Account(instances_account(project))),
            fault,
        };
        let listed = match compute::aggregated_list(&self.client, project, "").await {
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            listed => listed.map_err(|error| failed(error.into()))?,
        };
        if !listed.unreachable.is_empty() {
            return Err(failed(Fault::Unlisted(listed.unreachable.join(", "))));
        }
        let machines = listed.instances.iter();
        Ok(machines
            .filter_map(|machine| running(machine, project))
            .collect())
    }

    /// Refuses the removal of the setup, or of one `volume`, while machines run as
    /// its accounts. Only reads.
    ///
    /// # Errors
    /// Names the machines; or they could not be listed.
    pub async fn check_unused(&self, volume: Option<&VolumeName>) -> Result<(), Error> {
        let mut machines = self.machines().await?;
        if let Some(volume) = volume {
            let account = volume.account(&self.spec.project);
            machines.retain(|machine| machine.account == account);
        }
        let Some(first) = machines.first() else {
            return Ok(());
        };
        let names: Vec<String> = machines.iter().map(ToString::to_string).collect();
        Err(Error {
            operation: "deleting",
            id: Some(ResourceId::Account(first.account.clone())),
            fault: Fault::InUse(format!(
                "{} machines run as accounts of the setup, and nobody would delete them: {}",
                names.len(),
                names.join(", ")
            )),
        })
    }
}

/// The machine, if it runs as an account of the setup in `project`.
fn running(machine: &Instance, project: &ProjectId) -> Option<RunningMachine> {
    let accounts = machine.service_accounts.iter().flatten();
    let mut accounts = accounts.filter_map(|account| account.email.parse().ok());
    let account = accounts.find(|email| {
        *email == instances_account(project) || VolumeName::from_account(email, project).is_some()
    })?;
    Some(RunningMachine {
        name: machine.name.clone(),
        zone: machine
            .zone()
            .map_or_else(String::new, |zone| zone.to_string()),
        job: machine.labels.get(label::JOB).cloned(),
        account,
    })
}
