"""What curate uses of doccano-client; nothing else imports it.

Raises:
    RemoteError: the client is not there and cannot be installed.
"""

# ruff: noqa: E402

from __future__ import annotations

from curate.doccano.client_copy import provide_client

provide_client()

from doccano_client.models.data_download import Option as ExportOption
from doccano_client.models.label_type import LabelType
from doccano_client.models.member import Member
from doccano_client.models.project import Project as ProjectSettings
from doccano_client.models.project import ProjectType
from doccano_client.repositories.base import BaseRepository
from doccano_client.repositories.data_download import DataDownloadRepository
from doccano_client.repositories.data_upload import DataUploadRepository
from doccano_client.repositories.label_type import (
    CategoryTypeRepository,
    LabelTypeRepository,
    RelationTypeRepository,
    SpanTypeRepository,
)
from doccano_client.repositories.member import MemberRepository
from doccano_client.repositories.project import ProjectRepository
from doccano_client.repositories.role import RoleRepository
from doccano_client.repositories.task_status import TaskStatusRepository
from doccano_client.repositories.user import UserRepository

__all__ = [
    "BaseRepository",
    "CategoryTypeRepository",
    "DataDownloadRepository",
    "DataUploadRepository",
    "ExportOption",
    "LabelType",
    "LabelTypeRepository",
    "Member",
    "MemberRepository",
    "ProjectRepository",
    "ProjectSettings",
    "ProjectType",
    "RelationTypeRepository",
    "RoleRepository",
    "SpanTypeRepository",
    "TaskStatusRepository",
    "UserRepository",
]
