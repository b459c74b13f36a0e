//! The whole cloud: its state, the way a request takes through it, and time.

use crate::{
    api::{
        compute::Compute, firestore::Firestore, kms::Kms, pubsub::Pubsub,
        serviceusage::ServiceUsage, storage::Storage,
    },
    iam::Iam,
    table::Journaled,
};
use bytes::Bytes;

/// Something the world must do. The cloud itself never reaches out.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Power a machine on. When its guest stops by itself, nothing need be said.
    PowerOn {
        /// Compute Engine's numeric id of the machine.
        instance: String,
    },
    /// Press a machine's power button: the guest is asked to shut down.
    /// [`Command::PowerOff`] follows when its time is over.
    PowerButton {
        /// The machine's id.
        instance: String,
    },
    /// Cut a machine's power; whatever ran on it is gone.
    PowerOff {
        /// The machine's id.
        instance: String,
    },
    /// Deliver a push; tell [`Cloud::pushed`] what came of it.
    Push {
        /// Identifies this delivery.
        delivery: String,
        /// Where to.
        endpoint: String,
        /// The bearer token of the push, if the subscription has an identity.
        token: Option<String>,
        /// Headers besides `authorization`: `content-type`, and the metadata
        /// of unwrapped pushes.
        headers: Vec<(String, String)>,
        /// The body, JSON unless the subscription says `noWrapper`.
        body: Bytes,
        /// How long the endpoint has to answer, in seconds.
        deadline_seconds: u32,
    },
}

/// A Google Cloud. Deterministic: the same requests at the same times give
/// the same answers.
#[derive(Debug, Clone)]
pub struct Cloud {
    pub(crate) iam: Iam,
    pub(crate) compute: Compute,
    pub(crate) storage: Storage,
    pub(crate) firestore: Firestore,
    pub(crate) kms: Kms,
    pub(crate) pubsub: Pubsub,
    pub(crate) serviceusage: ServiceUsage,
    commands: Vec<Command>,
}

impl Default for Cloud {
    fn default() -> Self {
        Self::new()
    }
}

impl Cloud {
    /// An empty cloud: no project, nobody allowed anything.
    #[must_use]
    pub fn new() -> Self {
        Self {
            iam: Iam::new(),
            compute: Compute::new(),
            storage: Storage::new(),
            firestore: Firestore::new(),
            kms: Kms::new(),
            pubsub: Pubsub::new(),
            serviceusage: ServiceUsage::new(),
            commands: Vec::new(),
        }
    }

    /// Takes what the world must now do, in order.
    pub fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Every table, for the journal. Tables that need not outlive the process
    /// are left out.
    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        let mut all = self.iam.tables();
        all.extend(self.compute.tables());
        all.extend(self.storage.tables());
        all.extend(self.firestore.tables());
        all.extend(self.kms.tables());
        all.extend(self.pubsub.tables());
        all.extend(self.serviceusage.tables());
        all
    }

    /// Lets go of what the journal would want to know, where there is none.
    pub(crate) fn forget_changes(&mut self) {
        self.tables()
            .into_iter()
            .for_each(Journaled::forget_changes);
    }
}
