import { ApiError } from "./api_error.ts";
import type { UploadSession } from "./upload_session.ts";

/** Headers that tell where an upload goes on. */
export function sessionHeaders(session: UploadSession): Record<string, string> {
  const { repository, id, offset } = session;
  return {
    "docker-upload-uuid": id,
    "location": `/v2/${repository}/blobs/uploads/${id}`,
    // An empty session has no last byte; every registry says 0-0 then.
    "range": `0-${Math.max(0, offset - 1)}`,
  };
}

/** The error for an upload that is not there. */
export function uploadUnknown(): ApiError {
  return new ApiError(
    404,
    "BLOB_UPLOAD_UNKNOWN",
    "Cannot find the upload: it has ended, or never was",
  );
}

/** The error for a chunk that does not continue an upload. */
export function rangeInvalid(session: UploadSession, reason: string): ApiError {
  return new ApiError(
    416,
    "RANGE_INVALID",
    `Cannot add to the upload: ${reason}`,
    { headers: sessionHeaders(session) },
  );
}

/** The error for a chunk that is not as long as it said. */
export function sizeInvalid(
  actual: number,
  expected: number | undefined,
): ApiError {
  return new ApiError(
    400,
    "SIZE_INVALID",
    `Cannot accept the chunk: it has ${actual} bytes, must have ${expected}`,
  );
}
