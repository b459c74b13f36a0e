//! The state of the whole cloud, and the commands it issues.

use crate::{
    agenda::Agenda,
    api::{
        cloudbilling::BillingAccount, cloudidentity::Directory, compute::Compute,
        firestore::Firestore, logging::AuditLog, pubsub::Pubsub, serviceusage::ServiceUsage,
        storage::Storage,
    },
    collection::Resources,
    iam::Iam,
    table::Journaled,
};
use bytes::Bytes;
use std::collections::BTreeMap;

/// A side effect that the embedding program must carry out; the cloud itself
/// does no I/O.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Power a machine on.
    PowerOn {
        /// Numeric ID of the machine.
        instance: String,
    },
    /// Press a machine's power button, which asks the guest to shut down.
    /// [`Command::PowerOff`] follows after the grace period.
    PowerButton {
        /// Numeric ID of the machine.
        instance: String,
    },
    /// Cut a machine's power, which ends everything that runs on it.
    PowerOff {
        /// Numeric ID of the machine.
        instance: String,
    },
    /// Delete the boot disk of a machine that no longer exists.
    DeleteDisk {
        /// Numeric ID of the machine.
        instance: String,
    },
    /// Deliver a push and report the result to [`Cloud::pushed`].
    Push {
        /// ID of this delivery.
        delivery: String,
        /// URL of the endpoint.
        endpoint: String,
        /// Bearer token, if the subscription or job has an identity.
        token: Option<String>,
        /// Headers besides `authorization`: `content-type`, and the metadata of
        /// unwrapped pushes.
        headers: Vec<(String, String)>,
        /// The body, which is JSON unless the subscription has `noWrapper`.
        body: Bytes,
        /// Time for the endpoint to respond, in seconds.
        deadline_seconds: u32,
    },
}

/// A Google Cloud in memory. Deterministic: the same requests at the same times
/// get the same responses.
#[derive(Debug, Clone)]
pub struct Cloud {
    pub(crate) iam: Iam,
    pub(crate) resources: Resources,
    pub(crate) agenda: Agenda,
    pub(crate) compute: Compute,
    pub(crate) storage: Storage,
    pub(crate) firestore: Firestore,
    pub(crate) pubsub: Pubsub,
    pub(crate) serviceusage: ServiceUsage,
    pub(crate) audit_log: AuditLog,
    /// How many projects there can be.
    pub(crate) project_quota: usize,
    pub(crate) directory: Directory,
    /// By name.
    pub(crate) billing_accounts: BTreeMap<String, BillingAccount>,
    commands: Vec<Command>,
}

impl Default for Cloud {
    fn default() -> Self {
        Self::new()
    }
}

impl Cloud {
    /// An empty cloud without projects and policies.
    #[must_use]
    pub fn new() -> Self {
        Self {
            iam: Iam::new(),
            resources: Resources::new(),
            agenda: Agenda::new(),
            compute: Compute::new(),
            storage: Storage::new(),
            firestore: Firestore::new(),
            pubsub: Pubsub::new(),
            serviceusage: ServiceUsage::new(),
            audit_log: AuditLog::default(),
            project_quota: usize::MAX,
            directory: Directory::default(),
            billing_accounts: BTreeMap::new(),
            commands: Vec::new(),
        }
    }

    /// Takes the commands issued since the last call, in order.
    pub fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// All journaled tables.
    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        let mut all = self.iam.tables();
        all.extend(self.resources.tables());
        all.push(&mut self.agenda.rows);
        all.extend(self.compute.tables());
        all.extend(self.storage.tables());
        all.extend(self.firestore.tables());
        all.extend(self.pubsub.tables());
        all.extend(self.serviceusage.tables());
        all
    }

    /// Discards recorded changes, where there is no journal.
    pub(crate) fn forget_changes(&mut self) {
        self.tables()
            .into_iter()
            .for_each(Journaled::forget_changes);
    }
}
