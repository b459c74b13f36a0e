//! Data volumes, complete or with a missing grant.

use super::World;
use gcp::Policy;
use names::{ServiceAccountEmail, VolumeName};

/// The grants that a job with a volume needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeGrant {
    /// `iam.serviceAccounts.actAs` for the resource manager on the volume's account.
    ActAs,
    /// Access for the volume's account to its folder.
    Folder,
    /// Publishing reports for the volume's account.
    Reports,
}

impl VolumeGrant {
    /// All grants.
    pub const ALL: [Self; 3] = [Self::ActAs, Self::Folder, Self::Reports];
}

impl World {
    /// Creates a data volume, as the owner of the project does.
    pub async fn volume(&self, name: &str) -> VolumeName {
        self.volume_without(name, None).await
    }

    /// Creates a data volume and revokes one of its grants.
    ///
    /// # Panics
    /// If `name` is invalid, or the volume cannot be created.
    pub async fn volume_without(&self, name: &str, missing: Option<VolumeGrant>) -> VolumeName {
        let volume: VolumeName = name.parse().expect("a volume's name");
        let setup = self.setup();
        let plan = setup.plan_volume_creation(&volume).await.expect("readable");
        let report = setup.apply_volume(&volume, &plan, &|_| {}).await;
        let report = report.expect("the record");
        assert!(report.is_done(), "{plan}\n{:#?}", report.outcomes);
        if let Some(missing) = missing {
            let revoked = self.revoke(&volume, missing).await;
            assert!(revoked.expect("the owner may"), "it had {missing:?}");
        }
        volume
    }

    /// Revokes a grant, and returns whether it existed.
    async fn revoke(&self, volume: &VolumeName, grant: VolumeGrant) -> Result<bool, gcp::Error> {
        let (client, settings) = (&self.operator(), &self.deployment.settings);
        let account = volume.account(&settings.project);
        let without = |policy: &mut Policy, member: &ServiceAccountEmail| {
            let member = format!("serviceAccount:{member}");
            let mut was = false;
            for binding in &mut policy.bindings {
                let before = binding.members.len();
                binding.members.retain(|other| *other != member);
                was |= binding.members.len() < before;
            }
            policy
                .bindings
                .retain(|binding| !binding.members.is_empty());
            was
        };
        Ok(match grant {
            VolumeGrant::ActAs => {
                let mut policy = client.policy(&account).await?;
                let was = without(&mut policy, &settings.resource_manager);
                client.set_policy(&account, &policy).await?;
                was
            }
            VolumeGrant::Folder => {
                let folder = volume.folder(&settings.bucket);
                let mut policy = client.policy(&folder).await?;
                let was = without(&mut policy, &account);
                client.set_policy(&folder, &policy).await?;
                was
            }
            VolumeGrant::Reports => {
                let mut policy = client.policy(&settings.reports).await?;
                let was = without(&mut policy, &account);
                client.set_policy(&settings.reports, &policy).await?;
                was
            }
        })
    }
}
