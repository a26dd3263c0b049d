export function actionBundle(folder: string): Promise<number>
