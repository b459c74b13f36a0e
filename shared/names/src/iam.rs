//! Names in an IAM policy: roles and members.

use crate::{CustomRoleName, ServiceAccountEmail, name::name};

name!(
    /// A role as a policy names it: `roles/viewer`, `projects/p/roles/r`,
    /// `organizations/1/roles/r`.
    RoleName,
    "role",
    "roles/ID, projects/PROJECT/roles/ID or organizations/NUMBER/roles/ID",
    |t| {
        let id = |id: &str| {
            !id.is_empty()
                && id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
        };
        match t.split('/').collect::<Vec<_>>()[..] {
            ["roles", role] => id(role),
            ["projects", _, "roles", _] => t.parse::<CustomRoleName>().is_ok(),
            ["organizations", number, "roles", role] => {
                !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && id(role)
            }
            _ => false,
        }
    }
);

name!(
    /// A principal as a policy names it: `user:…`, `group:…`, `domain:…` or
    /// `serviceAccount:…`. `allUsers`, `allAuthenticatedUsers` and deleted
    /// principals are rejected.
    Member,
    "member",
    "user:, group: or serviceAccount: and an address, or domain: and a domain",
    |t| t.split_once(':').is_some_and(|(kind, name)| {
        let plain = !name.contains(char::is_whitespace) && t.len() <= 512;
        let address = name
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
        plain
            && match kind {
                "user" | "group" => address,
                "serviceAccount" => name.parse::<ServiceAccountEmail>().is_ok(),
                "domain" => !name.is_empty() && !name.contains('@'),
                _ => false,
            }
    })
);

impl RoleName {
    /// The project's custom role; `None` for a predefined role or one of an
    /// organisation.
    #[must_use]
    pub fn custom(&self) -> Option<CustomRoleName> {
        self.as_str().parse().ok()
    }
}

impl Member {
    /// The service account; `None` for every other kind of member.
    #[must_use]
    pub fn account(&self) -> Option<ServiceAccountEmail> {
        self.as_str().strip_prefix("serviceAccount:")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_roles_and_members_parse_and_invalid_ones_do_not() {
        let custom: RoleName = "projects/demo-project/roles/groundcrewInstance"
            .parse()
            .expect("valid");
        assert_eq!(custom.custom().expect("custom").id(), "groundcrewInstance");
        let predefined: RoleName = "roles/storage.objectViewer".parse().expect("valid");
        assert_eq!(predefined.custom(), None);
        for wrong in [
            "viewer",
            "roles/",
            "roles/a/b",
            "projects/x/roles/abc",
            "organizations/x/roles/a",
        ] {
            assert!(wrong.parse::<RoleName>().is_err(), "{wrong:?} parsed");
        }
        let account: Member = "serviceAccount:a@demo-project.iam.gserviceaccount.com"
            .parse()
            .expect("valid");
        assert!(account.account().is_some());
        for wrong in [
            "allUsers",
            "user:nobody",
            "serviceAccount:a@x",
            "deleted:serviceAccount:a@demo-project.iam.gserviceaccount.com?uid=1",
            "domain:a@b",
            "user:a@b c",
        ] {
            assert!(wrong.parse::<Member>().is_err(), "{wrong:?} parsed");
        }
    }
}
