//! The setup of the jobs' project by its owner.

use super::{World, transport::DirectTransport};
use crate::translation::{Translated, TranslatingTransport};
use account::{Setup, Spec, SshKey};
use deployment::{CUSTOMER, project_settings};
use groundcrew::local::install;
use plan::Secret;
use simulator::iam::Principal;
use std::sync::Arc;

impl World {
    /// The setup of the jobs' project, as the operator, who owns it.
    #[must_use]
    pub fn setup(&self) -> Setup {
        self.setup_of(&Spec::of(self.deployment.settings.project.clone()))
    }

    /// The setup of any project, as the operator, who owns them all.
    pub(crate) fn setup_of(&self, spec: &Spec) -> Setup {
        let settings = project_settings(&self.deployment);
        if spec.project.as_str() != CUSTOMER {
            return Setup::new(self.operator(), spec, &settings);
        }
        let (direct, translation) = (
            Arc::new(DirectTransport(self.host.clone())),
            self.config.translation.as_ref(),
        );
        let transport = TranslatingTransport::of(direct, translation, Translated::Customer);
        let owner = Principal::user(install::OPERATOR);
        let client = super::client(&self.host, &self.clock, transport, owner);
        Setup::new(client, spec, &settings)
    }

    /// Sets up the project with an SSH key for jobs.
    ///
    /// # Panics
    /// If the setup fails.
    pub async fn give_ssh_key(&self, text: &str) {
        let secret = Secret::new(text.into()).expect("short");
        let mut spec = Spec::of(self.deployment.settings.project.clone());
        spec.ssh_key = SshKey::Given(secret);
        let setup = self.setup_of(&spec);
        let plan = setup.plan().await.expect("readable");
        let report = setup.apply(&plan, &|_| {}).await.expect("the record");
        assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
    }
}
