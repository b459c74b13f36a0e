//! Data volumes, made by hand.

use super::World;
use groundcrew::deployment::roles;
use jobs::access::Identity;
use names::VolumeName;
use serde_json::json;

/// What a job with a volume needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolumeGrant {
    /// The resource manager may launch machines that run as its account.
    ActAs,
    /// Its account may write and read in its folder.
    Folder,
    /// Its account may report.
    Reports,
}

impl VolumeGrant {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ActAs, Self::Folder, Self::Reports];
}

impl World {
    /// There is a data volume `name`.
    pub async fn volume(&self, name: &str) -> VolumeName {
        self.volume_without(name, None).await
    }

    /// There is a data volume `name`, and a grant of it is missing.
    ///
    /// # Panics
    /// If `name` is none, or there is such a volume.
    pub async fn volume_without(&self, name: &str, missing: Option<VolumeGrant>) -> VolumeName {
        let volume: VolumeName = name.parse().expect("a volume's name");
        let settings = &self.deployment.settings;
        let (bucket, account) = (&settings.bucket, volume.account(&settings.project));
        for folder in [volume.folder(bucket), volume.data(bucket)] {
            let path = format!("/storage/v1/b/{bucket}/managedFolders");
            self.operate("POST", &path, &json!({ "name": folder.prefix() }))
                .await;
        }
        let roles = roles(&self.deployment);
        let role = |identity, kind| {
            let mut of = roles.iter().filter(|role| role.identity == identity);
            of.find(|role| role.scope.kind == kind).expect("a role")
        };
        let folder = |prefix: &str| {
            format!("//storage.googleapis.com/projects/_/buckets/{bucket}/managedFolders/{prefix}")
        };
        let (within, reports, act_as) = (
            role(Identity::Instances, "bucket").name(),
            role(Identity::Instances, "topic"),
            role(Identity::ResourceManager, "account").name(),
        );
        let its = format!(
            "//iam.googleapis.com/projects/{}/serviceAccounts/{account}",
            settings.project
        );
        let (user, data) = ("roles/storage.objectUser", volume.data(bucket));
        self.host.with(|cloud, _| {
            let (id, _) = account.as_str().split_once('@').expect("an address");
            cloud.add_account(settings.project.as_str(), id);
            let mut grant = |what: Option<VolumeGrant>, on: &str, role: &str, to: &str| {
                if what != missing || what.is_none() {
                    cloud.grant(on, role, &format!("serviceAccount:{to}"), None);
                }
            };
            let manager = settings.resource_manager.as_str();
            let account = account.as_str();
            let prefix = folder(volume.folder(bucket).prefix());
            grant(Some(VolumeGrant::ActAs), &its, &act_as, manager);
            grant(Some(VolumeGrant::Folder), &prefix, &within, account);
            let topic = &reports.scope.resource;
            grant(Some(VolumeGrant::Reports), topic, &reports.name(), account);
            grant(None, &folder(data.prefix()), user, account);
        });
        volume
    }
}
