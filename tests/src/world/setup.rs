//! The setup of the jobs' project by its owner.

use super::World;
use account::{Setup, Spec, SshKey};
use deployment::project_settings;
use plan::Secret;

impl World {
    /// The setup of the jobs' project, as the operator, who owns it.
    #[must_use]
    pub fn setup(&self) -> Setup {
        self.setup_of(&Spec::of(self.deployment.settings.project.clone()))
    }

    fn setup_of(&self, spec: &Spec) -> Setup {
        Setup::new(self.operator(), spec, &project_settings(&self.deployment))
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
