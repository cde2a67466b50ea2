import { DescribeImagesCommand } from '@aws-sdk/client-ecr';
import { type Check, proven, refuted } from '../check.ts';
import { resources } from '../world.ts';

export const images: Check = {
  name: 'images',
  proves: 'a build signs in to ECR with its role, and pushes',
  how: 'the images of the repository of slugs',
  run: async (world) => {
    const [repositoryName] = resources(world, 'data', 'AWS::ECR::Repository', 'Slugs');
    const { imageDetails = [] } = await world.account.ecr.send(new DescribeImagesCommand({ repositoryName }));
    const [image] = imageDetails;
    return image === undefined
      ? refuted(`${repositoryName} is empty`)
      : proven(`${repositoryName} has ${image.imageDigest}`);
  },
};
