export function lambdaArtifact(folder: string): Promise<{ bytes: number; sha256: string }>
