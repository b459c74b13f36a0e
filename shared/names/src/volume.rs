//! Data volumes, and the names that follow from a volume's.

use crate::{
    BucketName, ManagedFolderName, ProjectId, ServiceAccountEmail,
    name::{is_label, name},
};

name!(
    /// The name of a data volume.
    VolumeName,
    "volume",
    // An account's id has at most 30 characters, `gc-volume-` among them.
    "1 to 20 lower-case letters, digits and hyphens, a letter first, no hyphen last",
    |t| is_label(t, 1, 20)
);

impl VolumeName {
    /// The folder of all objects that belong to the volume.
    ///
    /// # Panics
    /// Never: a valid volume name makes a valid folder name.
    #[must_use]
    pub fn folder(&self, bucket: &BucketName) -> ManagedFolderName {
        format!("{bucket}/volumes/{self}/")
            .parse()
            .expect("a folder")
    }

    /// The folder of the volume's data.
    ///
    /// # Panics
    /// Never: a valid volume name makes a valid folder name.
    #[must_use]
    pub fn data(&self, bucket: &BucketName) -> ManagedFolderName {
        format!("{bucket}/volumes/{self}/data/")
            .parse()
            .expect("a folder")
    }

    /// The service account of the machines that run with the volume.
    ///
    /// # Panics
    /// Never: `gc-volume-` and at most 20 characters make a valid account id.
    #[must_use]
    pub fn account(&self, project: &ProjectId) -> ServiceAccountEmail {
        format!("gc-volume-{self}@{project}.iam.gserviceaccount.com")
            .parse()
            .expect("an account")
    }

    /// The volume whose machines run as `account` in `project`; `None` if
    /// `account` is not the account of a volume in that project.
    #[must_use]
    pub fn from_account(account: &ServiceAccountEmail, project: &ProjectId) -> Option<Self> {
        let (id, _) = account.as_str().split_once('@')?;
        let volume: Self = id.strip_prefix("gc-volume-")?.parse().ok()?;
        (volume.account(project) == *account).then_some(volume)
    }

    /// The volume that `folder` belongs to; `None` if it belongs to none.
    #[must_use]
    pub fn from_folder(folder: &ManagedFolderName) -> Option<Self> {
        let (volume, _) = folder.prefix().strip_prefix("volumes/")?.split_once('/')?;
        volume.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_volume_name_makes_valid_folder_and_account_names() {
        let volume: VolumeName = "v".repeat(20).parse().expect("valid");
        assert!("v".repeat(21).parse::<VolumeName>().is_err());
        let bucket: BucketName = "b".repeat(63).parse().expect("valid");
        let project: ProjectId = "p".repeat(30).parse().expect("valid");
        assert!(volume.data(&bucket).prefix().ends_with("/data/"));
        assert!(
            volume
                .folder(&bucket)
                .to_string()
                .starts_with(bucket.as_str())
        );
        assert_eq!(
            volume
                .account(&project)
                .as_str()
                .split('@')
                .next()
                .map(str::len),
            Some(30)
        );
    }

    #[test]
    fn the_volume_of_a_folder_is_parsed_from_its_name() {
        let bucket: BucketName = "bucket".parse().expect("valid");
        let volume: VolumeName = "data".parse().expect("valid");
        for folder in [volume.folder(&bucket), volume.data(&bucket)] {
            assert_eq!(VolumeName::from_folder(&folder).as_ref(), Some(&volume));
        }
        for wrong in [
            "bucket/volumes/",
            "bucket/jobs/data/",
            "bucket/volumes/Data/",
        ] {
            let folder = wrong.parse().expect("a folder");
            assert_eq!(VolumeName::from_folder(&folder), None, "{wrong}");
        }
    }

    #[test]
    fn the_volume_of_an_account_is_found_only_in_its_own_project() {
        let volume: VolumeName = "data".parse().expect("valid");
        let ours: ProjectId = "demo-project".parse().expect("valid");
        let account = volume.account(&ours);
        assert_eq!(VolumeName::from_account(&account, &ours), Some(volume));
        for wrong in [
            "gc-volume-data@other-project.iam.gserviceaccount.com",
            "gc-volume-@demo-project.iam.gserviceaccount.com",
            "gc-volume-data@demo-project.example.gserviceaccount.com",
            "groundcrew-instances@demo-project.iam.gserviceaccount.com",
        ] {
            let account = wrong.parse().expect("an account");
            assert_eq!(VolumeName::from_account(&account, &ours), None, "{wrong}");
        }
    }
}
